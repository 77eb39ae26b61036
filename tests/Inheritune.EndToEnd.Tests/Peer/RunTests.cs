using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;
using Inheritune.Trainer.Training;
using static TorchSharp.torch;

namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>Whole runs, of a few steps: transformers computes from what they leave what the trained model computes.</summary>
public sealed class RunTests : IDisposable
{
    /// <summary>Spaces, line ends, numbers, contractions and scripts, where tokenizers differ. No space in front: SentencePiece
    /// adds one whatever the text begins with, as we do; transformers 5, which converts Llama's tokenizer, does not.</summary>
    private const string Text = "Once upon a time,  there wasn't a CAT... she'd 1234 ideas!\n\n  \"Yes\"\tit's \u00fcber-na\u00efve \u65e5\u672c\u8a9e \U0001f642 end  ";

    /// <summary>Moves fresh weights so far in three steps that attention is no longer nearly uniform, which would hide mistakes.</summary>
    private const string LargeSteps = "3e-2";

    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Models_that_inherited_compute_the_same_in_transformers()
    {
        var data = TestData.Path("corpora/grimms-fairy-tales.txt");
        var gpt2 = TestData.Path("checkpoints/gpt2-gutenberg-8l");
        await CompareAsync(
            Run("llama", data, Inheriting(TestData.Path("checkpoints/stories260K"), layers: 3)),
            Run("gpt2", data, Inheriting(gpt2, layers: 4)),
            Run("gpt2-inverse-layer-scale", data, Inheriting(WithInverseLayerScale(gpt2), layers: 4)));
    }

    [Fact]
    public async Task Models_from_scratch_compute_the_same_in_transformers_with_the_tokenizer_that_was_trained_for_them()
    {
        // Training a tokenizer takes text with enough different pairs.
        var data = _root.Write("text.txt", string.Join('\n', Enumerable.Range(0, 2000).Select(i => $"The {i * i % 997} cats of number {i} don't {"abcdefghij"[i % 10]}{"klmnopqrst"[i / 10 % 10]} \u00fcber {i % 13}.")));
        await CompareAsync(
            Run("scratch-gpt2", data, "architecture: {family: GPT2, layers: 2, hiddenSize: 32, heads: 4, contextLength: 64, vocabularySize: 400}", LargeSteps),
            Run("scratch-llama", data, "architecture: {family: Llama, layers: 2, hiddenSize: 32, heads: 4, keyValueHeads: 2, contextLength: 64, vocabularySize: 400}", LargeSteps));
    }

    private static string Inheriting(string reference, int layers) => $"reference: {{uri: {reference}}}\n  inherit: {{layers: {layers}}}";

    private InheritRun Run(string name, string data, string source, string learningRate = "1e-3") => ManifestReader.Parse($"""
        apiVersion: inheritune.dev/v1alpha1
        kind: InheritRun
        metadata: {"{"}name: {name}{"}"}
        spec:
          {source}
          dataset: {"{"}uri: {data}, maxTokens: 8000, validationTokens: 1000{"}"}
          output: {"{"}uri: {_root.File(name)}{"}"}
          training: {"{"}steps: 3, sequenceLength: 48, microBatchSize: 4, learningRate: "{learningRate}", warmupSteps: 1{"}"}
          report: {"{"}sampleTokens: 2{"}"}
        """, name, _root.Path, []);

    private string WithInverseLayerScale(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) _root.Write($"reference/{Path.GetFileName(file)}", File.ReadAllBytes(file));
        var config = JsonNode.Parse(_root.Text("reference/config.json"))!;
        config["scale_attn_by_inverse_layer_idx"] = true;
        _root.Write("reference/config.json", config.ToJsonString());
        return _root.File("reference");
    }

    private static async Task CompareAsync(params InheritRun[] runs)
    {
        var folders = runs.Select(run => new RunPipeline(run, CPU, SilentStatus.Instance).Execute(TestContext.Current.CancellationToken).ModelFolder).ToArray();
        var tokenizers = folders.Select(folder => TokenizerFactory.Load(new FileStore(folder), "uri")).ToArray();
        int[][] expected = [.. tokenizers.Select(tokenizer => (int[])[.. tokenizer.BeginOfDocument is { } begin ? [begin] : (int[])[], .. tokenizer.Encode(Text)])];

        var scores = await PyTorchPeer.ScoreAsync([.. folders.Zip(expected, (folder, ids) => new PeerRequest(folder, [ids[..48]], Text))]);

        for (var i = 0; i < runs.Length; i++)
        {
            var ours = TrainedLogits(runs[i], expected[i][..48]);
            Closeness.AssertClose(runs[i].Metadata.Name, ours, Scoring.Flatten(scores[i]));
            Assert.Empty(scores[i].MissingKeys.Concat(scores[i].UnexpectedKeys).Concat(scores[i].MismatchedKeys));
            Assert.Equal(expected[i], scores[i].TextTokens);

            using var again = Scoring.Load(folders[i]);
            var folded = Config(runs[i]).ScaleAttentionByInverseLayer;
            Closeness.AssertClose($"{runs[i].Metadata.Name}, our own import", ours, Scoring.Logits(again, expected[i][..48]), folded ? 1e-5f : 0);
        }
    }

    /// <summary>Logits of the model as training left it, from the run's last checkpoint.</summary>
    private static float[] TrainedLogits(InheritRun run, int[] ids)
    {
        using var model = Inheritune.Trainer.Inheritance.Target.Allocate(Config(run), CPU);
        using var optimizer = new AdamW(model, run.Spec.Training);
        var checkpoints = new TrainingCheckpoints(new FileStore(run.Spec.Output.Uri), Recipe.Hash(run), keepLast: 2, SilentStatus.Instance);
        Assert.Equal(3, checkpoints.LoadLatest(model, optimizer)!.Step);
        return Scoring.Logits(model, ids);
    }

    private static ModelConfig Config(InheritRun run) => run.Spec.Reference is { } reference
        ? Scoring.Open(reference.Uri).Config with { Layers = run.Spec.Inherit!.Layers }
        : ModelConfig.From(run.Spec.Architecture!, run.Spec.Architecture!.VocabularySize);
}
