using System.Diagnostics;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>Prometheus' own checker of rules.</summary>
internal static class Promtool
{
    /// <summary>Runs it and asserts that it finds no fault; skips the test where there is none.</summary>
    public static async Task<string> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await HostProgram.RunAsync(new ProcessStartInfo(HostProgram.Installed("promtool.sh"), arguments));
        Assert.True(code == 0, $"promtool {string.Join(' ', arguments)} ended with exit code {code}:\n{output}{error}");
        return output;
    }
}
