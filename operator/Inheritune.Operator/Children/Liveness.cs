using Inheritune.Api;
using k8s.Models;

namespace Inheritune.Operator.Children;

/// <summary>How the kubelet finds out that a trainer hangs, whether or not the operator can hear of it. It asks the trainer, who knows when something was done last.</summary>
internal static class Liveness
{
    private const int ShortestSilence = 1800;

    /// <summary>Of one answer, in seconds.</summary>
    private const int Timeout = 10;

    /// <summary>For how many seconds a trainer may do nothing.</summary>
    public static int SilenceSeconds(InheritRunSpec spec) => spec.Deadlines.ProgressTimeoutSeconds ?? Math.Max(ShortestSilence, 3 * spec.Checkpoint.EverySeconds);

    /// <summary>Half an hour to its first answer: a node may fetch the libraries of a GPU only while they are loaded.</summary>
    public static V1Probe Startup(string port) => Probe(port, period: 10, failures: 180);

    /// <summary>Five minutes without a good answer: a process that is frozen gives none at all.</summary>
    public static V1Probe Running(string port) => Probe(port, period: 30, failures: 10);

    private static V1Probe Probe(string port, int period, int failures) =>
        new() { HttpGet = new() { Path = "/healthz", Port = port }, PeriodSeconds = period, FailureThreshold = failures, TimeoutSeconds = Timeout };
}
