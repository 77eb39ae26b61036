using System.Diagnostics;
using System.Globalization;
using Inheritune.EndToEnd.Tests.Controllers;
using Inheritune.Operator.Runtime;
using Inheritune.Tests;
using Spectre.Console;

namespace Inheritune.Benchmarks.Operator;

/// <summary>The leader dies without a word.</summary>
internal static class FailoverScenario
{
    public static async Task RunAsync(BenchmarkOptions options)
    {
        await using var bench = await BenchmarkCluster.StartAsync();
        var cluster = bench.Cluster;
        var (leader, other) = (cluster.Process, Launch());
        await Poll.UntilAsync(async () => await LeadsAsync(leader));
        await other.ReadyAsync();
        var (random, times) = (new Random(1), new List<double>());
        for (var round = 0; round < options.Of(10); round++)
        {
            // Anywhere between two renewals, and long enough for the other to have seen one.
            await Task.Delay(TimeSpan.FromSeconds(5 + 3 * random.NextDouble()));
            await leader.KillAsync();
            var killed = Stopwatch.GetTimestamp();
            leader.Dispose();
            var name = string.Create(CultureInfo.InvariantCulture, $"run-{round}");
            await cluster.CreateRunAsync(name);
            await cluster.JobAsync($"{name}-preflight");
            times.Add(Stopwatch.GetElapsedTime(killed).TotalSeconds);
            (leader, other) = (other, Launch());
            await other.ReadyAsync();
        }

        leader.Dispose();
        var table = new Table().AddColumns("leaders killed", "median", "most", "duration of the Lease").RoundedBorder();
        table.AddRow($"{times.Count}", Figures.Seconds(Figures.Quantile(times, 0.5)), Figures.Seconds(times.Max()), Figures.Seconds(new LeaderElectionOptions { Lease = default }.LeaseDuration.TotalSeconds));
        AnsiConsole.WriteLine("failover: from the leader's SIGKILL to the Job of a run that is applied after it");
        AnsiConsole.Write(table);

        OperatorProcess Launch()
        {
            cluster.Launch();
            return cluster.Process;
        }
    }

    private static async Task<bool> LeadsAsync(OperatorProcess process) =>
        Figures.Sum((await process.GetAsync("metrics")).Body, "leader_election_master_status", _ => true) == 1;
}
