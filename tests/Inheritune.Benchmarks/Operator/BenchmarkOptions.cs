using Inheritune.EndToEnd.Tests;
using Spectre.Console;

namespace Inheritune.Benchmarks.Operator;

/// <summary>How much of a scenario is run.</summary>
/// <param name="Scale">Share of the full numbers.</param>
internal sealed record BenchmarkOptions(double Scale)
{
    public int Of(int count) => Math.Max(1, (int)Math.Round(count * Scale));

    /// <summary>Builds the control plane where there is none yet, and says what is measured on.</summary>
    public static void Install()
    {
        if (Environment.GetEnvironmentVariable("INHERITUNE_TEST_KUBECONFIG") is not { Length: > 0 }) Machine.Run(Path.Combine(Checkout.Infrastructure, "kubernetes.sh"), ["install"], new Dictionary<string, string?> { ["INHERITUNE_CACHE"] = OwnCache.OfTheUser });
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200;
        AnsiConsole.WriteLine($"machine: {Machine.Description}");
    }
}
