using System.Collections.Concurrent;
using System.Globalization;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Controllers;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using Inheritune.Tests;
using k8s.Models;
using Spectre.Console;

namespace Inheritune.Benchmarks.Operator;

/// <summary>What it costs when a finished run, or what is left of it, is deleted.</summary>
internal static class AgainScenario
{
    /// <summary>What the trainer says when the output holds the result already.</summary>
    private const string Words = """{"code": 0, "alreadyComplete": true, "results": {"final": {"loss": "3.12"}}}""";

    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(15);

    public static async Task RunAsync(BenchmarkOptions options)
    {
        await using var bench = await BenchmarkCluster.StartAsync("--leader-election", "false");
        var cluster = bench.Cluster;
        var (trains, finished) = (new ConcurrentDictionary<string, string>(), new ConcurrentDictionary<string, bool>());
        await bench.FollowAsync<V1Job>(change =>
        {
            if (change.Entity.Name().EndsWith("-train", StringComparison.Ordinal)) trains.TryAdd(change.Entity.Uid(), change.Entity.Name());
        });
        await bench.AnswerAsync(pod => cluster.Kubelet.EndsAsync(pod, 0, finished.ContainsKey(pod.Labels()["inheritune.dev/run"]) ? Words : ""));
        var names = Enumerable.Range(0, options.Of(20)).Select(i => string.Create(CultureInfo.InvariantCulture, $"run-{i}")).ToArray();
        foreach (var name in names) await cluster.CreateRunAsync(name);
        foreach (var name in names)
        {
            await cluster.StateAsync(name, ConditionReasons.Completed);
            finished[name] = true;
        }

        var table = new Table().AddColumns("deleted", "runs", "training Jobs after it", "GPU seconds after it").RoundedBorder();
        await RowAsync("their pods", ConditionReasons.Completed, async name =>
        {
            foreach (var pod in await cluster.PodsAsync($"{name}-train")) await cluster.Client.DeleteAsync<V1Pod>(NamespacedName.Of(pod), CancellationToken.None);
        });
        await RowAsync("their Jobs", ConditionReasons.Completed, async name =>
        {
            await cluster.Client.DeleteAsync<V1Job>(cluster.Key($"{name}-train"), CancellationToken.None);
            await cluster.Client.DeleteAsync<V1Job>(cluster.Key($"{name}-preflight"), CancellationToken.None);
        });
        await RowAsync("the runs, and created again", ConditionReasons.AlreadyComplete, async name =>
        {
            await cluster.Client.DeleteAsync<V1Alpha1InheritRun>(cluster.Key(name), CancellationToken.None);
            await cluster.CreateRunAsync(name);
        });
        AnsiConsole.WriteLine("again: finished runs after someone has deleted something");
        AnsiConsole.Write(table);

        async Task RowAsync(string what, string state, Func<string, Task> delete)
        {
            var (before, used) = (trains.Count, await UsedAsync());
            foreach (var name in names) await delete(name);
            foreach (var name in names) await cluster.StateAsync(name, state);
            await Task.Delay(Watched);
            foreach (var name in names) await cluster.StateAsync(name, state);
            // A new run counts from nothing.
            var after = state == ConditionReasons.Completed ? await UsedAsync() - used : await UsedAsync();
            table.AddRow(what, $"{names.Length}", $"{trains.Count - before}", $"{after}");
        }

        async Task<long> UsedAsync()
        {
            var seconds = 0L;
            foreach (var name in names) seconds += (await cluster.RunAsync(name)).Status?.Usage?.GpuSeconds ?? 0;
            return seconds;
        }
    }
}
