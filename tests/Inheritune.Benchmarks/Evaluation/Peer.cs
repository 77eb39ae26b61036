using Inheritune.EndToEnd.Tests;

namespace Inheritune.Benchmarks.Evaluation;

/// <summary>transformers, in the chroot of the tests.</summary>
internal static class Peer
{
    private static readonly string Script = Path.Combine(Checkout.Infrastructure, "pytorch-peer.sh");

    // The peer lies in the user's cache; this program has one of its own.
    private static readonly Dictionary<string, string?> Environment = new() { ["INHERITUNE_CACHE"] = OwnCache.OfTheUser };

    /// <summary>A variable of its environment: OpenMP's threads wait as PyTorch ships them, and not as short as beside other tests.</summary>
    public const string Waiting = "GOMP_SPINCOUNT=300000";

    /// <summary>Makes it if need be, and returns its versions.</summary>
    public static string Install() => Machine.Run(Script, ["install"], Environment).Output.Trim().Split('\n')[^1].Split(": ")[^1];

    /// <summary>Runs a script of <c>tests/infra/peer</c>, and returns the seconds of the process and what it printed.</summary>
    /// <param name="script">Its name.</param>
    /// <param name="model">The model's folder.</param>
    /// <param name="folder">A folder that it may write to.</param>
    /// <param name="arguments">What follows the model.</param>
    public static (double Seconds, string Output) Run(string script, string model, string folder, params IEnumerable<string> arguments) =>
        Machine.Run(Script, ["run", "--env", Waiting, "--ro", model, "--rw", folder, Path.Combine(Checkout.Infrastructure, "peer", script), model, .. arguments], Environment);
}
