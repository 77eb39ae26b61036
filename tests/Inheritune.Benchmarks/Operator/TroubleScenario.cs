using System.Diagnostics;
using System.Globalization;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Controllers;
using Inheritune.Operator.Entities;
using Inheritune.Tests;
using k8s.Models;
using Spectre.Console;

namespace Inheritune.Benchmarks.Operator;

/// <summary>From a pod's trouble to its name in the run's status.</summary>
internal static class TroubleScenario
{
    public static async Task RunAsync(BenchmarkOptions options)
    {
        await using var bench = await BenchmarkCluster.StartAsync("--leader-election", "false");
        var cluster = bench.Cluster;
        var troubles = new (string Name, Func<V1Pod, Task> Cause, Func<V1Alpha1InheritRun, bool> IsNamed)[]
        {
            ("ImagePullBackOff", pod => cluster.Kubelet.WaitsAsync(pod, "ImagePullBackOff", "Back-off pulling image"), run => State(run) == "ImagePullBackOff"),
            ("CreateContainerConfigError", pod => cluster.Kubelet.WaitsAsync(pod, "CreateContainerConfigError", "secret \"minio\" not found"), run => State(run) == "CreateContainerConfigError"),
            ("OOMKilled", pod => cluster.Kubelet.EndsAsync(pod, 137, reason: "OOMKilled"), run => run.Status?.LastFailure?.Reason == "OOMKilled"),
            ("Evicted", pod => cluster.Kubelet.EvictsAsync(pod, "The node was low on resource: memory"), run => run.Status?.Attempts?.Disrupted == 1),
        };
        var times = troubles.Select(trouble => trouble.Name).Prepend("Unschedulable").ToDictionary(name => name, _ => new List<double>());
        for (var round = 0; round < options.Of(10); round++)
        {
            times["Unschedulable"].Add(await UnschedulableAsync(cluster, round));
            foreach (var (trouble, cause, isNamed) in troubles)
            {
                var name = Name(trouble, round);
                await cluster.CreateRunAsync(name);
                var pod = await cluster.TrainAsync(name);
                await cause(pod);
                times[trouble].Add(await WaitAsync(cluster, name, isNamed));
            }
        }

        AnsiConsole.WriteLine("trouble: from the kubelet's or the scheduler's word about a pod to the run's status");
        var table = new Table().AddColumns("trouble", "median", "99 %", "most").RoundedBorder();
        foreach (var (name, seconds) in times) table.AddRow([name, .. Figures.Cells(seconds)]);
        AnsiConsole.Write(table);
    }

    private static string Name(string trouble, int round) => string.Create(CultureInfo.InvariantCulture, $"{trouble.ToLowerInvariant()}-{round}");

    private static string? State(V1Alpha1InheritRun run) => OperatorCluster.Condition(run, ConditionTypes.Succeeded)?.Reason;

    private static async Task<double> UnschedulableAsync(OperatorCluster cluster, int round)
    {
        var name = Name("Unschedulable", round);
        await cluster.CreateRunAsync(name, "{resources: {gpuResourceName: nvidia.com/mig-9g.999gb}}");
        await cluster.Kubelet.EndsAsync(await cluster.PodAsync($"{name}-preflight"), 0);
        await Poll.UntilAsync(async () => (await cluster.PodsAsync($"{name}-train")).Any(pod => pod.Status.Conditions?.Any(condition => condition is { Type: "PodScheduled", Status: "False" }) == true), "the scheduler's word");
        return await WaitAsync(cluster, name, run => OperatorCluster.Condition(run, ConditionTypes.Scheduled) is { Status: ConditionStatus.False, Reason: "Unschedulable" });
    }

    private static async Task<double> WaitAsync(OperatorCluster cluster, string name, Func<V1Alpha1InheritRun, bool> isNamed)
    {
        var began = Stopwatch.GetTimestamp();
        await Poll.UntilAsync(async () => isNamed(await cluster.RunAsync(name)), name);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
