using System.Diagnostics;

namespace Inheritune.Tests;

/// <summary>Waits for what happens elsewhere, with a limit.</summary>
internal static class Poll
{
    /// <summary>Long enough for a loaded machine; a test that waits so long fails.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task UntilAsync(Func<bool> condition, string what = "the condition", TimeSpan? limit = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, limit);

    public static async Task UntilAsync(Func<Task<bool>> condition, string what = "the condition", TimeSpan? limit = null)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < (limit ?? Limit), $"{what} did not come within {limit ?? Limit}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
