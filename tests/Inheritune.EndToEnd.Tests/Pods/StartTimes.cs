using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Inheritune.Operator.Runtime;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>
/// The time from <c>kubectl apply</c> to the first training step, taken apart. Kubernetes' own timestamps are whole seconds, so this goes by
/// when the API server tells of a change, by the start time of the trainer's process, and by the runtime's timestamps of its log.
/// </summary>
internal sealed class StartTimes : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _moments = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly PodNamespace _namespace;
    private readonly Task _watching;

    public StartTimes(ApiClient client, PodNamespace ns)
    {
        _namespace = ns;
        var pods = new Informer<V1Pod>(client, new() { Namespace = ns.Name }, TimeProvider.System, NullLogger<Informer<V1Pod>>.Instance);
        pods.Changed += change => See(change.Entity);
        _watching = pods.RunAsync(_stop.Token);
    }

    public void Applied() => Mark("applied");

    /// <summary>Finds the process of the trainer, which runs now.</summary>
    public void FindProcess()
    {
        var process = Process.GetProcesses().Where(process => process.ProcessName.StartsWith("inheritune-trai", StringComparison.Ordinal)).MaxBy(process => process.StartTime);
        Assert.NotNull(process);
        _moments["process"] = process.StartTime;
    }

    public async Task WriteAsync(string pod)
    {
        foreach (var line in (await _namespace.Kubectl.RunAsync("", "logs", pod, "--timestamps")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var time = DateTimeOffset.Parse(line[..line.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
            _moments.TryAdd("first word", time);
            if (line.Contains("Training: started", StringComparison.Ordinal)) _moments.TryAdd("training", time);
            if (line.Contains("step 1/", StringComparison.Ordinal)) _moments.TryAdd("step", time);
        }

        var table = new MarkdownTable("pod-start.md", "from apply to the first step", "seconds");
        foreach (var (what, from, to) in new[]
        {
            ("operator takes the run up, its preflight's Job gets a pod", "applied", "preflight made"),
            ("scheduling of the preflight", "preflight made", "preflight scheduled"),
            ("its volumes, image and container", "preflight scheduled", "preflight running"),
            ("preflight: process start, manifest, reference, data, output", "preflight running", "preflight ended"),
            ("operator makes the training Job, which gets a pod", "preflight ended", "train made"),
            ("scheduling of the training", "train made", "train scheduled"),
            ("its volumes, image and container, up to the process", "train scheduled", "process"),
            ("start of the process: runtime and libtorch, to its first word", "process", "first word"),
            ("pull of reference and text, tokens, exact losses of reference and target at step 0", "first word", "training"),
            ("first step", "training", "step"),
            ("**process start to first step**", "process", "step"),
            ("**apply to first step**", "applied", "step"),
        }) table.Add(what, (_moments[to] - _moments[from]).TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _watching);
        _stop.Dispose();
    }

    private void See(V1Pod pod)
    {
        var kind = pod.Labels()["app.kubernetes.io/component"];
        var state = pod.Status.ContainerStatuses?.FirstOrDefault()?.State;
        Mark($"{kind} made");
        if (!string.IsNullOrEmpty(pod.Spec.NodeName)) Mark($"{kind} scheduled");
        if (state is { Running: not null } or { Terminated: not null }) Mark($"{kind} running");
        if (state is { Terminated: not null }) Mark($"{kind} ended");
    }

    private void Mark(string moment) => _moments.TryAdd(moment, DateTimeOffset.UtcNow);
}
