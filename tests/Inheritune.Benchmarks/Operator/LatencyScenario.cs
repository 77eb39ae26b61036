using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Controllers;
using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using Inheritune.Tests;
using k8s;
using k8s.Models;
using Spectre.Console;

namespace Inheritune.Benchmarks.Operator;

/// <summary>Many runs in a short time, and then at rest.</summary>
internal static class LatencyScenario
{
    private const int PerSecond = 20, WarmUp = 100, Teams = 20;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15), Rest = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(BenchmarkOptions options)
    {
        await using var bench = await BenchmarkCluster.StartAsync(Teams, "--leader-election", "false");
        var count = options.Of(1000);
        await ApplyAsync(bench, count);

        var table = new Table().AddColumns("runs at rest", "Jobs", "ready after", "resident", "processor", "API writes").RoundedBorder();
        var finished = await bench.Cluster.Client.GetAsync<V1Alpha1InheritRun>(Key(bench, 0), CancellationToken.None);
        foreach (var runs in new[] { count + WarmUp, options.Of(2500), options.Of(5000) })
        {
            await bench.Cluster.Process.KillAsync();
            await CopyAsync(bench, finished, runs - WarmUp);
            table.AddRow(await RestAsync(bench, runs));
        }

        AnsiConsole.WriteLine("At rest: all runs have ended, and the operator was started anew; those above the first number have no Jobs any more");
        AnsiConsole.Write(table);
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"run-{i}");

    /// <summary>A Role and a RoleBinding cost the API server a look at all of their namespace, so a thousand runs are not in one.</summary>
    private static string Team(BenchmarkCluster bench, int i) => bench.Teams[i % bench.Teams.Count];

    private static NamespacedName Key(BenchmarkCluster bench, int i) => new(Team(bench, i), Name(i));

    private static async Task ApplyAsync(BenchmarkCluster bench, int count)
    {
        var (applied, preflight, answered, train) = (new ConcurrentDictionary<string, long>(), new ConcurrentDictionary<string, long>(), new ConcurrentDictionary<string, long>(), new ConcurrentDictionary<string, long>());
        await bench.FollowAsync<V1Job>(change =>
        {
            var (name, now) = (change.Entity.Name(), Stopwatch.GetTimestamp());
            if (name.EndsWith("-train", StringComparison.Ordinal)) train.TryAdd(name[..^"-train".Length], now);
            else if (preflight.TryAdd(name[..^"-preflight".Length], now) && BenchmarkCluster.OwnsControllers) _ = bench.MakePodAsync(change.Entity);
        });
        var trained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await bench.AnswerAsync(async pod =>
        {
            var isPreflight = pod.Labels()["app.kubernetes.io/component"] == "preflight";
            if (!isPreflight) await trained.Task;
            await bench.Cluster.Kubelet.EndsAsync(pod, 0);
            if (isPreflight) answered[pod.Labels()["inheritune.dev/run"]] = Stopwatch.GetTimestamp();
        });
        // They would take most of the processor time, and a pod would come when they get to it.
        if (BenchmarkCluster.OwnsControllers) bench.PauseControllers();

        // Programs that have just started are slow, the API server among them.
        for (var i = 0; i < WarmUp; i++) await bench.Cluster.CreateRunAsync(string.Create(CultureInfo.InvariantCulture, $"warm-up-{i}"), ns: Team(bench, i));
        await Poll.UntilAsync(() => Task.FromResult(train.Count == WarmUp), $"{WarmUp} training Jobs", Limit);
        train.Clear();

        var processor = Figures.ProcessorSeconds(bench.Cluster.Process.Id);
        var clock = Stopwatch.StartNew();
        var applying = new List<Task>();
        for (var i = 0; i < count; i++)
        {
            var wait = TimeSpan.FromSeconds((double)i / PerSecond) - clock.Elapsed;
            if (wait > TimeSpan.Zero) await Task.Delay(wait);
            var name = Name(i);
            applied[name] = Stopwatch.GetTimestamp();
            applying.Add(bench.Cluster.CreateRunAsync(name, ns: Team(bench, i)));
        }

        await Task.WhenAll(applying);
        await Poll.UntilAsync(() => Task.FromResult(train.Count == count), $"{count} training Jobs", Limit);
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"latency: {count} runs in {Teams} namespaces, {PerSecond} a second; the operator's processor time: {(Figures.ProcessorSeconds(bench.Cluster.Process.Id) - processor) / count * 1000:0} ms a run"));
        var table = new Table().AddColumns("from", "to", "median", "99 %", "most").RoundedBorder();
        Row("apply", "preflight Job", applied, preflight);
        Row("preflight Job", "its pod has ended", preflight, answered);
        Row("its pod has ended", "training Job", answered, train);
        Row("apply", "training Job", applied, train);
        AnsiConsole.Write(table);
        trained.SetResult();
        if (BenchmarkCluster.OwnsControllers) bench.ResumeControllers();
        await Poll.UntilAsync(async () => await FinishedAsync(bench.Cluster) == count + WarmUp, $"the end of {count} runs", Limit);

        void Row(string from, string to, ConcurrentDictionary<string, long> begin, ConcurrentDictionary<string, long> end) =>
            table.AddRow([from, to, .. Figures.Cells([.. end.Where(pair => begin.ContainsKey(pair.Key)).Select(pair => Math.Max(0, Stopwatch.GetElapsedTime(begin[pair.Key], pair.Value).TotalSeconds))])]);
    }

    private static async Task<int> FinishedAsync(OperatorCluster cluster)
    {
        await Task.Delay(TimeSpan.FromSeconds(2));
        var metrics = (await cluster.Process.GetAsync("metrics")).Body;
        return (int)Figures.Sum(metrics, "inheritune_runs", labels => labels.Contains($"\"{ConditionReasons.Completed}\"", StringComparison.Ordinal));
    }

    /// <summary>Makes as many runs as are missing with the status of one that has ended.</summary>
    private static Task CopyAsync(BenchmarkCluster bench, V1Alpha1InheritRun finished, int runs) =>
        Parallel.ForEachAsync(Enumerable.Range(0, runs), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, stop) =>
        {
            try
            {
                await bench.Cluster.CreateRunAsync(Name(i), ns: Team(bench, i));
            }
            catch (k8s.Autorest.HttpOperationException e) when (e.Response.StatusCode == System.Net.HttpStatusCode.Conflict)
            {
                return;
            }

            var patch = new V1Patch(new { apiVersion = ApiGroup.ApiVersion, kind = ApiGroup.Kind, status = finished.Status }, V1Patch.PatchType.ApplyPatch);
            await bench.Cluster.Client.PatchAsync<V1Alpha1InheritRun>(Key(bench, i), patch, stop, "status", "fieldManager=inheritune-operator&force=true");
        });

    private static async Task<string[]> RestAsync(BenchmarkCluster bench, int runs)
    {
        var ready = await bench.RestartAsync("--leader-election", "false");
        // The first look at every run is over.
        await Task.Delay(TimeSpan.FromSeconds(10));
        var process = bench.Cluster.Process;
        var (writes, processor) = (await WritesAsync(process), Figures.ProcessorSeconds(process.Id));
        await Task.Delay(Rest);
        var written = await WritesAsync(process) - writes;
        return
        [
            runs.ToString("N0", CultureInfo.InvariantCulture),
            (await bench.Cluster.Client.BatchV1.ListJobForAllNamespacesAsync(labelSelector: ChildNames.Selector)).Items.Count.ToString("N0", CultureInfo.InvariantCulture),
            Figures.Seconds(ready.TotalSeconds),
            string.Create(CultureInfo.InvariantCulture, $"{Figures.Resident(process.Id) / 1e6:0} MB"),
            string.Create(CultureInfo.InvariantCulture, $"{(Figures.ProcessorSeconds(process.Id) - processor) / Rest.TotalSeconds * 100:0.0} %"),
            string.Create(CultureInfo.InvariantCulture, $"{written} in {Rest.TotalSeconds:0} s"),
        ];
    }

    private static async Task<double> WritesAsync(OperatorProcess process) =>
        Figures.Sum((await process.GetAsync("metrics")).Body, "rest_client_requests_total", labels => !labels.Contains("method=\"GET\"", StringComparison.Ordinal));
}
