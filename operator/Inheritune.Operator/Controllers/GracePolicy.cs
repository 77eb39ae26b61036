namespace Inheritune.Operator.Controllers;

/// <summary>How long a pod that trains has after SIGTERM: time for two checkpoints, the one that may be on its way and the newest.</summary>
internal static class GracePolicy
{
    private const int Shortest = 120, Longest = 3600;

    /// <summary>From memory to disk, checked, and on to the object store: what a modest disk and a network of 1 Gb/s do.</summary>
    private const double BytesPerSecond = 60e6;

    public static int Seconds(Observation seen)
    {
        if (seen.Spec.Checkpoint.GracePeriodSeconds is { } given) return given;
        var expected = (seen.CheckpointBytes ?? 0) / BytesPerSecond;
        // What it has taken so far counts more than what was expected, where it was worse.
        var save = Math.Max(expected, seen.Status.Checkpoint?.SaveSeconds ?? 0);
        return (int)Math.Clamp(Math.Ceiling(2 * save), Shortest, Longest);
    }
}
