namespace Inheritune.Trainer.Status;

/// <summary>Divides the time of one thread among its activities: every moment belongs to the innermost one, so that all of them add up to the wall time.</summary>
/// <param name="time">The clock.</param>
public sealed class ActivityClock(TimeProvider time)
{
    private readonly double[] _seconds = new double[Enum.GetValues<TrainingActivity>().Length];
    private TrainingActivity _current;
    private long _since = time.GetTimestamp();

    /// <summary>From now on the time is this activity's, until the result is disposed of and it is the former's again.</summary>
    public Visit Enter(TrainingActivity activity) => new(this, Switch(activity));

    /// <summary>Seconds of each activity since the last time this was asked, those with none left out.</summary>
    public IReadOnlyDictionary<string, double> Take()
    {
        Switch(_current);
        var taken = Enum.GetValues<TrainingActivity>().Where(a => _seconds[(int)a] > 0).ToDictionary(a => $"{a}".ToLowerInvariant(), a => _seconds[(int)a]);
        Array.Clear(_seconds);
        return taken;
    }

    private TrainingActivity Switch(TrainingActivity activity)
    {
        var now = time.GetTimestamp();
        _seconds[(int)_current] += time.GetElapsedTime(_since, now).TotalSeconds;
        _since = now;
        var former = _current;
        _current = activity;
        return former;
    }

    /// <summary>An activity under way.</summary>
    public readonly struct Visit : IDisposable
    {
        private readonly ActivityClock _clock;
        private readonly TrainingActivity _former;

        internal Visit(ActivityClock clock, TrainingActivity former) => (_clock, _former) = (clock, former);

        public void Dispose() => _clock.Switch(_former);
    }
}
