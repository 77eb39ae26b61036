using System.Diagnostics;
using System.Globalization;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Training;

/// <summary>How long checkpoints take until they are where they outlive the process, and whether a stop leaves the time for that.</summary>
/// <param name="status">Hears of it.</param>
/// <param name="grace">Time between a stop and the end of the process; null where nobody has set one.</param>
internal sealed class SaveTimes(IRunStatus status, TimeSpan? grace)
{
    private const string Variable = "INHERITUNE_GRACE_SECONDS";

    private readonly Lock _lock = new();
    private TimeSpan _last, _longest;
    private bool _hasWarned;

    /// <summary>The longest so far.</summary>
    public TimeSpan Longest
    {
        get
        {
            lock (_lock) return _longest;
        }
    }

    /// <summary>What the operator says of the pod; null outside of one.</summary>
    public static TimeSpan? GraceFromEnvironment() =>
        int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Whole seconds since the begin of a save, for the resource's status.</summary>
    public static int Since(long begin) => (int)Math.Ceiling(Stopwatch.GetElapsedTime(begin).TotalSeconds);

    /// <summary>Takes in and says how long a checkpoint took.</summary>
    /// <param name="checkpoint">Which.</param>
    /// <param name="took">From its begin to its final place.</param>
    /// <param name="standstill">How much of that the training waited.</param>
    public void Add(CheckpointManifest checkpoint, TimeSpan took, TimeSpan standstill)
    {
        lock (_lock) (_last, _longest) = (took, took > _longest ? took : _longest);
        TrainerMetrics.CheckpointSaveSeconds.Observe(took.TotalSeconds);
        status.Info(string.Create(CultureInfo.InvariantCulture,
            $"Checkpoint of step {checkpoint.State.Step}: {checkpoint.Bytes / 1e6:N1} MB saved in {took.TotalSeconds:F1} s; the training waited {standstill.TotalSeconds:F1} s"));
        if (_hasWarned || !(2 * took > grace)) return;
        _hasWarned = true;
        status.Warn(string.Create(CultureInfo.InvariantCulture,
            $"Saving a checkpoint takes {took.TotalSeconds:F0} s, and a stop leaves {grace!.Value.TotalSeconds:F0} s, in which one that is under way may have to end first; give a new run spec.checkpoint.gracePeriodSeconds: {Math.Ceiling(2 * took.TotalSeconds):F0} or more"));
    }

    /// <summary>
    /// Whether a stop should give up a checkpoint that is under way for the sake of the newest: when there is time for the newest alone and
    /// not for both. With time for neither, the one that is further on is the better bet.
    /// </summary>
    /// <param name="underWay">For how long it has been under way.</param>
    public bool FavourNewest(TimeSpan underWay)
    {
        lock (_lock) return _last > TimeSpan.Zero && _last <= grace && _last + (_last > underWay ? _last - underWay : TimeSpan.Zero) > grace;
    }
}
