using static TorchSharp.torch;

namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>Our models against transformers, each reading the same folder.</summary>
public sealed class ModelAgreementTests(PeerFixture peer)
{
    /// <summary>One tolerance for all: both sides widen weights of 16 bits to Float32, which is exact, and compute in Float32.</summary>
    [Theory]
    [MemberData(nameof(PeerFixture.Names), MemberType = typeof(PeerFixture))]
    public async Task Models_agree_with_transformers(string name)
    {
        var checkpoint = await peer.CheckpointAsync(name);
        var (last, next) = Compute(checkpoint);

        Closeness.AssertClose("logits", [.. checkpoint.Logits.SelectMany(sequence => sequence).SelectMany(position => position)], last);
        Closeness.AssertClose("log-probabilities", [.. checkpoint.LogprobNext.SelectMany(sequence => sequence)], next);
    }

    private static (float[] LastLogits, float[] LogprobNext) Compute(PeerCheckpoint checkpoint)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = Scoring.Load(checkpoint.Folder);
        var idsBT = stack(checkpoint.Tokens.Select(sequence => tensor(Array.ConvertAll(sequence, id => (long)id))));
        var logitsBTV = model.Logits(idsBT);
        var (length, shown) = (idsBT.shape[1], checkpoint.Logits[0].Length);
        var next = logitsBTV.log_softmax(-1).narrow(1, 0, length - 1).gather(2, idsBT.narrow(1, 1, length - 1).unsqueeze(2));
        return ([.. logitsBTV.narrow(1, length - shown, shown).contiguous().data<float>()], [.. next.contiguous().data<float>()]);
    }
}
