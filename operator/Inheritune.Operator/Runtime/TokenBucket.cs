namespace Inheritune.Operator.Runtime;

/// <summary>Lets a burst pass at once and the rest at a steady rate; says how long to wait instead of waiting. Not thread-safe.</summary>
/// <param name="rate">Tokens a second.</param>
/// <param name="burst">Tokens in a full bucket.</param>
internal sealed class TokenBucket(double rate, int burst, TimeProvider time)
{
    private readonly TimeSpan _interval = TimeSpan.FromSeconds(1 / rate);
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _full;

    /// <summary>Takes a token and returns the time until it may be used.</summary>
    public TimeSpan Take()
    {
        // The moment at which the bucket would be full again holds its level.
        var now = time.GetElapsedTime(_start);
        _full = (_full > now ? _full : now) + _interval;
        var wait = _full - now - _interval * burst;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
