using System.Diagnostics;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>Prometheus' own checker of rules and metrics.</summary>
internal static class Promtool
{
    /// <summary>Runs it and asserts that it finds no fault; skips the test where there is none.</summary>
    public static Task<string> RunAsync(params string[] arguments) => RunAsync(arguments, "");

    /// <summary>Asserts that a program's answer to Prometheus is well-formed, and that its metrics are named and typed by Prometheus' rules.</summary>
    public static Task CheckMetricsAsync(string metrics) => RunAsync(["check", "metrics"], metrics);

    private static async Task<string> RunAsync(string[] arguments, string input)
    {
        var (code, output, error) = await HostProgram.RunAsync(new ProcessStartInfo(HostProgram.Installed("promtool.sh"), arguments), input);
        Assert.True(code == 0, $"promtool {string.Join(' ', arguments)} ended with exit code {code}:\n{output}{error}");
        return output;
    }
}
