using System.Diagnostics;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

internal static class Pause
{
    /// <summary>Timers and stopwatch differ by some milliseconds.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(25);

    /// <summary>Between two timestamps lies at least this time.</summary>
    public static void IsAtLeast(double seconds, long from, long to) =>
        Assert.True(Stopwatch.GetElapsedTime(from, to) + Tolerance >= TimeSpan.FromSeconds(seconds), $"{Stopwatch.GetElapsedTime(from, to)} instead of {seconds} s");
}
