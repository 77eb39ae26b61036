namespace Inheritune.Benchmarks.Evaluation;

/// <summary>transformers, in the chroot of the tests.</summary>
internal static class Peer
{
    /// <summary>The program that runs scripts in it.</summary>
    public static readonly string Script = Path.Combine(Checkout.Infrastructure, "pytorch-peer.sh");

    /// <summary>Makes it if need be, and returns its versions.</summary>
    public static string Install() => Machine.Run(Script, ["install"]).Output.Trim().Split('\n')[^1].Split(": ")[^1];

    /// <summary>What <see cref="Script"/> is told to run one of <c>tests/infra/peer</c>.</summary>
    /// <param name="script">Its name.</param>
    /// <param name="model">The model's folder.</param>
    /// <param name="folder">A folder that it may write to.</param>
    /// <param name="arguments">What follows the model.</param>
    public static IEnumerable<string> Arguments(string script, string model, string folder, params IEnumerable<string> arguments) =>
        ["run", "--ro", model, "--rw", folder, Path.Combine(Checkout.Infrastructure, "peer", script), model, .. arguments];
}
