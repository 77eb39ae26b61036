using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>Whatever files our tokenizer was read from, AutoTokenizer finds the same one in the export.</summary>
public sealed class TokenizerExportTests : IDisposable
{
    /// <summary>Without runs of spaces: there transformers 5 merges Llama's pieces in another order than SentencePiece and we.</summary>
    private const string Text = "Hello world! It's 2024,\n\nna\u00efve \u65e5\u672c\u8a9e \U0001f642 she'd\tdo";

    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task AutoTokenizer_gives_the_ids_of_our_tokenizer_whatever_files_it_was_read_from()
    {
        (string Name, ModelConfig Model, (string Name, string Source)[] Files)[] cases =
        [
            ("openai", TinyModels.Gpt2(), [("encoder.json", "encoder.json"), ("vocab.bpe", "vocab.bpe")]),
            ("gpt2", TinyModels.Gpt2(), [("vocab.json", "encoder.json"), ("merges.txt", "vocab.bpe")]),
            ("llama", TinyModels.Llama(), [("tokenizer.model", "grimm.model")]),
        ];

        var requests = new List<PeerRequest>();
        var expected = new List<int[]>();
        foreach (var (name, config, files) in cases)
        {
            foreach (var file in files) _root.Write($"{name}/{file.Name}", File.ReadAllBytes(TestData.Path($"tokenizers/{file.Source}")));
            var folder = new FileStore(_root.File(name));
            var tokenizer = TokenizerFactory.Load(folder, "uri");
            expected.Add([.. tokenizer.BeginOfDocument is { } begin ? [begin] : (int[])[], .. tokenizer.Encode(Text)]);
            using var model = TinyModels.Create(config);
            HuggingFaceExporter.Write(model, null, folder, tokenizer.EndOfDocument, ExportPrecision.Float32, new FileStore(_root.File($"{name}-exported")));
            requests.Add(new PeerRequest(_root.File($"{name}-exported"), [], Text));
        }

        var scores = await PyTorchPeer.ScoreAsync([.. requests]);

        Assert.Equal(expected, scores.Select(score => score.TextTokens!));
    }
}
