using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using static TorchSharp.torch;

namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>Our side of the comparison.</summary>
internal static class Scoring
{
    public static Checkpoint Open(string folder) => Checkpoint.Open(new FileStore(folder), "uri");

    public static CausalLanguageModel Load(string folder) => Target.Load(Open(folder), CPU, SilentStatus.Instance, CancellationToken.None);

    /// <summary>Logits of every position, one sequence after the other.</summary>
    public static float[] Logits(CausalLanguageModel model, params int[][] tokens)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return [.. tokens.SelectMany(sequence => model.Logits(tensor(Array.ConvertAll(sequence, id => (long)id), [1, sequence.Length])).data<float>().ToArray())];
    }

    /// <summary>The peer's answer in the same order.</summary>
    public static float[] Flatten(PeerScore score) => [.. score.Logits.SelectMany(sequence => sequence).SelectMany(position => position)];
}
