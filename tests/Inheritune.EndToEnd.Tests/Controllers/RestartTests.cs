using System.Collections.Concurrent;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Children;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>An operator that dies again and again loses nothing and does nothing twice.</summary>
[Collection(nameof(Runs))]
public sealed class RestartTests(ControlPlane plane, RunApis apis)
{
    private const int Count = 8, Kills = 4;

    [Fact]
    public async Task Operator_killed_at_random_moments_makes_each_Job_once_and_loses_no_run()
    {
        var random = new Random(1);
        var stop = TestContext.Current.CancellationToken;
        await using var cluster = await OperatorCluster.StartAsync(plane, apis, "--leader-election", "false");
        var made = new ConcurrentDictionary<string, string>();
        var jobs = new Informer<V1Job>(cluster.Client, new() { Namespace = cluster.Namespace, LabelSelector = ChildNames.Selector }, TimeProvider.System, NullLogger<Informer<V1Job>>.Instance);
        jobs.Changed += change => made[change.Entity.Uid()] = change.Entity.Name();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] running = [jobs.RunAsync(ended.Token), EndPodsAsync(cluster, ended.Token)];

        var names = Enumerable.Range(0, Count).Select(i => $"run-{i}").ToArray();
        var applying = Task.Run(async () =>
        {
            foreach (var name in names)
            {
                await cluster.CreateRunAsync(name);
                await Task.Delay(random.Next(500), stop);
            }
        }, stop);
        for (var i = 0; i < Kills; i++)
        {
            await Task.Delay(random.Next(1500), stop);
            await cluster.Process.KillAsync();
            cluster.Process.Dispose();
            cluster.Launch("--leader-election", "false");
            if (i % 2 == 0) await cluster.Process.ReadyAsync();
        }

        await applying;
        foreach (var name in names) await cluster.StateAsync(name, ConditionReasons.Completed);
        Assert.Equal(names.SelectMany(name => new[] { $"{name}-preflight", $"{name}-train" }).Order(), made.Values.Order());
        foreach (var name in names) Assert.Equal((1, 0, 0), await AttemptsAsync(name));
        await ended.CancelAsync();
        foreach (var task in running) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);

        async Task<(int?, int, int)> AttemptsAsync(string name)
        {
            var status = (await cluster.RunAsync(name)).Status!;
            return (status.Job!.Attempt, status.Attempts!.Failed, status.Attempts.Disrupted);
        }
    }

    private static async Task EndPodsAsync(OperatorCluster cluster, CancellationToken stop)
    {
        while (true)
        {
            foreach (var pod in (await cluster.Client.CoreV1.ListNamespacedPodAsync(cluster.Namespace, cancellationToken: stop)).Items)
                if (pod.Status.Phase == "Pending" && !string.IsNullOrEmpty(pod.Spec.NodeName)) await cluster.Kubelet.EndsAsync(pod, 0);
            await Task.Delay(100, stop);
        }
    }
}
