using System.Text.Json;

namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>The peer itself: before it judges our models it must be right about models whose numbers are known.</summary>
public sealed class PyTorchPeerTests(PeerFixture peer)
{
    [Fact]
    public async Task Reproduces_golden_log_probabilities_and_ids_of_a_trained_gpt2()
    {
        var folder = TestData.Path("checkpoints/gpt2-gutenberg-8l");
        using var golden = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(folder, "golden_logprobs.json"), TestContext.Current.CancellationToken));
        var tokens = golden.RootElement.GetProperty("tokens").Deserialize<int[]>()!;

        var scores = await PyTorchPeer.ScoreAsync(
            new PeerRequest(folder, [tokens], golden.RootElement.GetProperty("text").GetString()));

        var score = Assert.Single(scores);
        Closeness.AssertClose(golden.RootElement.GetProperty("logprob_next").Deserialize<float[]>()!, score.LogprobNext[0]);
        Closeness.AssertClose(golden.RootElement.GetProperty("last_logits").Deserialize<float[]>()!, score.Logits[0][^1]);
        Assert.Equal(tokens, score.TextTokens!.Take(tokens.Length));
        Assert.Empty(score.MissingKeys.Concat(score.UnexpectedKeys).Concat(score.MismatchedKeys));
    }

    [Fact]
    public async Task Scores_folders_without_flags_as_their_maker_did()
    {
        PeerCheckpoint[] made = [await peer.CheckpointAsync("gpt2-published-names"), await peer.CheckpointAsync("llama3-rope-published")];

        var scores = await PyTorchPeer.ScoreAsync([.. made.Select(checkpoint => new PeerRequest(checkpoint.Folder, checkpoint.Tokens))]);

        foreach (var (checkpoint, score) in made.Zip(scores))
        {
            Assert.Equal("sdpa", score.Attention); // the maker used the explicit formula, "eager"
            for (var sequence = 0; sequence < checkpoint.Tokens.Length; sequence++)
            {
                Closeness.AssertClose(checkpoint.LogprobNext[sequence], score.LogprobNext[sequence]);
                Closeness.AssertClose(checkpoint.Logits[sequence][^1], score.Logits[sequence][^1]);
            }
        }
    }
}
