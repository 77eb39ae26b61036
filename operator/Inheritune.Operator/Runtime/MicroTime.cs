namespace Inheritune.Operator.Runtime;

/// <summary>Kubernetes' time with microseconds.</summary>
internal static class MicroTime
{
    /// <summary>Now, but never a whole second: the API server wants the six decimals that KubernetesClient leaves out when they are zero.</summary>
    public static DateTime Now(TimeProvider time)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return now.Ticks % TimeSpan.TicksPerSecond == 0 ? now.AddMicroseconds(1) : now;
    }
}
