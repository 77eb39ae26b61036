using System.Text.Json;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Models;

/// <summary>Really trained checkpoints against what other implementations say of them.</summary>
public sealed class GoldenTests
{
    [Theory]
    [InlineData("stories260K")]
    [InlineData("gpt2-gutenberg-8l")]
    public void A_trained_checkpoint_gives_the_log_probabilities_of_another_implementation(string name)
    {
        var folder = TestData.Path($"checkpoints/{name}");
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden_logprobs.json")));
        var ids = golden.RootElement.GetProperty("tokens").EnumerateArray().Select(e => e.GetInt64()).ToArray();
        var expected = golden.RootElement.GetProperty("logprob_next").EnumerateArray().Select(e => e.GetDouble()).ToArray();
        var lastLogits = golden.RootElement.GetProperty("last_logits").EnumerateArray().Select(e => e.GetDouble()).ToArray();

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = Target.Load(Checkpoint.Open(new FileStore(folder), "uri"), CPU, SilentStatus.Instance, CancellationToken.None);
        var logitsTV = model.Logits(tensor(ids, [1, ids.Length])).squeeze(0);
        var logProbabilities = logitsTV.log_softmax(-1);

        for (var t = 0; t < expected.Length; t++)
            Assert.Equal(expected[t], logProbabilities[t, ids[t + 1]].item<float>(), 1e-4);
        for (var v = 0; v < lastLogits.Length; v++)
            Assert.Equal(lastLogits[v], logitsTV[-1, v].item<float>(), 1e-4);
    }
}
