using Inheritune.Api;
using Inheritune.Trainer;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;
using static TorchSharp.torch;

namespace Inheritune.Benchmarks.Evaluation;

/// <summary>What is measured with.</summary>
internal static class Models
{
    /// <summary>Threads of both sides.</summary>
    public const int Threads = 2;

    /// <summary>Writes a GPT-2 of 30 million parameters with random weights and the real tokenizer, and returns its folder.</summary>
    public static string Medium(string folder)
    {
        var tokenizer = new FileStore(Path.Combine(folder, "tokenizer"));
        foreach (var (name, source) in new[] { ("vocab.json", "encoder.json"), ("merges.txt", "vocab.bpe") })
            tokenizer.Write(name, stream => stream.Write(File.ReadAllBytes(TestData.Path($"tokenizers/{source}"))));
        TorchLoader.Load(SilentStatus.Instance);
        var read = TokenizerFactory.Load(tokenizer, "tokenizer");
        var config = ModelConfig.From(new ArchitectureSpec { Family = ModelFamily.GPT2, Layers = 6, HiddenSize = 384, Heads = 6, ContextLength = 1024 }, read.VocabularySize) with { InitializerRange = 0.1 };
        using var model = Target.Allocate(config, CPU);
        Target.Fill(model, InheritancePlan.FromScratch(config), null, 1, SilentStatus.Instance, CancellationToken.None);
        var store = new FileStore(Path.Combine(folder, "gpt2-30m"));
        HuggingFaceExporter.Write(model, null, tokenizer, read.EndOfDocument, ExportPrecision.Float32, store);
        return store.Location;
    }

    /// <summary>Opens a model with its tokenizer, as our side of a comparison.</summary>
    public static (CausalLanguageModel Model, ITokenizer Tokenizer) Open(string folder)
    {
        TorchLoader.Load(SilentStatus.Instance);
        set_num_threads(Threads);
        var checkpoint = Checkpoint.Open(new FileStore(folder), "model");
        return (Target.Load(checkpoint, CPU, SilentStatus.Instance, CancellationToken.None), TokenizerFactory.Load(checkpoint.Store, "model"));
    }
}
