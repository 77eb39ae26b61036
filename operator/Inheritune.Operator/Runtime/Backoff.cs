namespace Inheritune.Operator.Runtime;

/// <summary>Pauses between tries that double up to a limit, lengthened at random so that many who failed together come back apart.</summary>
internal sealed record Backoff(TimeSpan First, TimeSpan Longest)
{
    private const double Jitter = 0.2;

    /// <summary>The pause after so many failures in a row, the first of them being number 1.</summary>
    public TimeSpan After(int failures) =>
        TimeSpan.FromTicks((long)Math.Min(Longest.Ticks, First.Ticks * Math.Pow(2, failures - 1))) * (1 + Jitter * Random.Shared.NextDouble());
}
