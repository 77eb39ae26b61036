using System.Diagnostics;

namespace Inheritune.Tests;

/// <summary>Waits for what happens elsewhere, with a limit.</summary>
internal static class Poll
{
    /// <summary>Long enough for a loaded machine; a test that waits so long fails.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <param name="state">For the message when the limit is reached.</param>
    public static Task UntilAsync(Func<bool> condition, Func<string>? state = null) => UntilAsync(() => Task.FromResult(condition()), state);

    /// <param name="what">Names it when the limit is reached.</param>
    public static Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null) => UntilAsync(condition, () => what, limit);

    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string>? state = null, TimeSpan? limit = null)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(since) > (limit ?? Limit)) Assert.Fail($"It did not come within {limit ?? Limit}; {state?.Invoke()}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
