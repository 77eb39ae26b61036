using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Inheritune.Api;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using Inheritune.Tests;
using k8s.Models;
using Spectre.Console;

namespace Inheritune.Benchmarks.Operator;

/// <summary>An operator that dies again and again.</summary>
internal static class CrashScenario
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    public static async Task RunAsync(BenchmarkOptions options)
    {
        await using var bench = await BenchmarkCluster.StartAsync("--leader-election", "false");
        var (cluster, random) = (bench.Cluster, new Random(1));
        var (jobs, ended) = (new ConcurrentDictionary<string, string>(), new ConcurrentDictionary<string, int>());
        await bench.FollowAsync<V1Job>(change => jobs[change.Entity.Uid()] = change.Entity.Name());
        await bench.AnswerAsync(async pod =>
        {
            await Task.Delay(Random.Shared.Next(2000));
            await cluster.Kubelet.EndsAsync(pod, 0);
            ended.AddOrUpdate(pod.Labels()["inheritune.dev/run"], 1, (_, before) => before + 1);
        });

        var names = Enumerable.Range(0, options.Of(200)).Select(i => string.Create(CultureInfo.InvariantCulture, $"run-{i}")).ToArray();
        var kills = options.Of(100);
        var clock = Stopwatch.StartNew();
        var killing = KillAsync();
        foreach (var name in names)
        {
            await cluster.CreateRunAsync(name);
            // Spread over all the kills.
            await Task.WhenAny(killing, Task.Delay(TimeSpan.FromSeconds(2.0 * kills / names.Length * random.NextDouble())));
        }

        await killing;
        var runs = new List<V1Alpha1InheritRun>();
        foreach (var name in names) runs.Add(await cluster.StateAsync(name, ConditionReasons.Completed, Limit));
        var duration = clock.Elapsed;
        // With the Jobs of ended runs gone, nothing but their status says that they have ended.
        foreach (var job in await cluster.JobsAsync()) await cluster.Client.DeleteAsync<V1Job>(NamespacedName.Of(job), CancellationToken.None);
        await Poll.UntilAsync(async () => (await cluster.JobsAsync()).Count == 0, "the end of the Jobs", Limit);
        await bench.RestartAsync("--leader-election", "false");
        await Task.Delay(TimeSpan.FromSeconds(5));

        var table = new Table().AddColumns("runs", "operators killed", "took", "completed", "Jobs", "made twice", "attempts above one", "Jobs after the end").RoundedBorder();
        table.AddRow(
            $"{names.Length}", $"{kills}", Figures.Seconds(duration.TotalSeconds), $"{runs.Count}", $"{jobs.Count}", $"{jobs.Count - jobs.Values.Distinct().Count()}",
            $"{runs.Count(run => run.Status is not { Job.Attempt: 1, Attempts: { Failed: 0, Disrupted: 0 } })}", $"{(await cluster.JobsAsync()).Count}");
        AnsiConsole.WriteLine("crash: SIGKILL at random moments while runs come and go");
        AnsiConsole.Write(table);

        async Task KillAsync()
        {
            for (var i = 0; i < kills; i++)
            {
                await Task.Delay(random.Next(2000));
                await cluster.Process.KillAsync();
                cluster.Process.Dispose();
                cluster.Launch("--leader-election", "false");
                // Some die before they have looked, some at work.
                if (i % 2 == 0) await cluster.Process.ReadyAsync();
            }
        }
    }
}
