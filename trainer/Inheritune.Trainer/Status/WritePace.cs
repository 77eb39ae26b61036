namespace Inheritune.Trainer.Status;

/// <summary>
/// When the next write of a status may begin, so that many runs do not burden an API server: what is urgent after a short pause, the rest
/// after a long one, and after a failure later and later, or when the server says.
/// </summary>
/// <param name="options">The pauses.</param>
/// <param name="time">The clock.</param>
internal sealed class WritePace(KubernetesOptions options, TimeProvider time)
{
    /// <summary>Runs that began together do not write together.</summary>
    private const double Jitter = 0.2;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromHours(1);

    private long _last = time.GetTimestamp();
    private TimeSpan _urgent, _routine;
    private int _failures;

    /// <summary>How long to wait yet; zero or less when the time has come.</summary>
    public TimeSpan Remaining(bool urgent) => (urgent ? _urgent : _routine) - time.GetElapsedTime(_last);

    public void Succeeded()
    {
        (_last, _failures) = (time.GetTimestamp(), 0);
        (_urgent, _routine) = (options.Shortest, options.Pause * (1 + Jitter * Random.Shared.NextDouble()));
    }

    /// <param name="retryAfter">How long the server asks to be left alone; zero if it does not say.</param>
    public void Failed(TimeSpan retryAfter)
    {
        _last = time.GetTimestamp();
        var pause = FirstRetry * Math.Pow(2, Math.Min(_failures++, 10)) * (1 + Jitter * Random.Shared.NextDouble());
        if (pause > options.Pause * 2) pause = options.Pause * 2;
        _urgent = _routine = retryAfter <= pause ? pause : retryAfter < Longest ? retryAfter : Longest;
    }
}
