using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>What the API server or a node refuses stands in STATUS, in their own sentence, and is not asked for without a pause.</summary>
[Collection(nameof(Runs))]
public sealed class RefusalTests(ControlPlane plane, RunApis apis) : IAsyncLifetime
{
    /// <summary>Five seconds and less, and more where the machine has other work.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private OperatorCluster _cluster = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await OperatorCluster.StartAsync(plane, apis);

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? default;

    [Fact]
    public async Task Webhook_that_does_not_answer_is_named_and_what_it_held_up_is_made_once_it_is_gone()
    {
        var name = $"tests-{Guid.NewGuid():n}";
        await _cluster.Client.PatchAsync<V1Namespace>(new("", _cluster.Namespace), Merge(new { metadata = new { labels = new { tests = name } } }), Stop);
        await _cluster.Client.CreateAsync(
            new V1ValidatingWebhookConfiguration
            {
                Metadata = new() { Name = name },
                Webhooks =
                [
                    new()
                    {
                        Name = "jobs.tests.example", FailurePolicy = "Fail", SideEffects = "None", AdmissionReviewVersions = ["v1"], ClientConfig = new() { Url = "https://127.0.0.1:9/" },
                        NamespaceSelector = new() { MatchLabels = new Dictionary<string, string> { ["tests"] = name } },
                        Rules = [new() { ApiGroups = ["batch"], ApiVersions = ["v1"], Operations = ["CREATE"], Resources = ["jobs"], Scope = "Namespaced" }],
                    },
                ],
            }, Stop);
        try
        {
            await _cluster.CreateRunAsync("hooked");
            await SaysAsync("hooked", ConditionReasons.Pending, "failed calling webhook \"jobs.tests.example\"");
        }
        finally
        {
            await _cluster.Client.DeleteAsync<V1ValidatingWebhookConfiguration>(new("", name), CancellationToken.None);
        }

        await _cluster.PodAsync("hooked-preflight");
        // Doubling pauses of a second and more, not one try after another.
        Assert.InRange(await RequestsAsync("POST", "500"), 1, 8);
    }

    [Fact]
    public async Task Job_of_someone_else_under_a_runs_name_is_named()
    {
        var pod = new V1PodTemplateSpec { Spec = new() { RestartPolicy = "Never", Containers = [new() { Name = "other", Image = "other" }] } };
        await _cluster.Client.CreateAsync(new V1Job { Metadata = new() { Name = "taken-preflight", NamespaceProperty = _cluster.Namespace }, Spec = new() { Template = pod } }, Stop);
        await _cluster.CreateRunAsync("taken");
        await SaysAsync("taken", ConditionReasons.Pending, $"Job {_cluster.Namespace}/taken-preflight exists and does not belong to this InheritRun; delete it");
        await _cluster.Client.DeleteAsync<V1Job>(_cluster.Key("taken-preflight"), Stop);
        await Poll.UntilAsync(async () => (await _cluster.FindJobAsync("taken-preflight"))?.OwnerReferences()?.Count == 1, "its own Job");
    }

    [Fact]
    public async Task Job_that_hangs_in_deletion_is_deleted_once_and_told_of_once()
    {
        await _cluster.CreateRunAsync("hang", "{ttlSecondsAfterFinished: 1}");
        var pod = await _cluster.TrainAsync("hang");
        string[] jobs = ["hang-preflight", "hang-train"];
        foreach (var job in jobs) await HoldAsync(job, ["tests.inheritune.dev/hold"]);
        await _cluster.Kubelet.EndsAsync(pod, 0);
        foreach (var job in jobs) await Poll.UntilAsync(async () => await _cluster.FindJobAsync(job) is { Metadata.DeletionTimestamp: not null }, $"the deletion of {job}");
        await Poll.UntilAsync(async () => await ExpiredAsync() is [_], "the Event");

        // Each change is a look at the run, after its time has come.
        foreach (var generation in new[] { 2, 3, 4 })
        {
            await _cluster.PatchRunAsync("hang", new { spec = new { ttlSecondsAfterFinished = generation % 2 } });
            await Poll.UntilAsync(async () => (await _cluster.RunAsync("hang")).Status!.ObservedGeneration == generation);
        }

        // Two Jobs, and an account with its role and binding.
        Assert.Equal(5, await RequestsAsync("DELETE", "200"));
        Assert.Null(Assert.Single(await ExpiredAsync()).Series);
        foreach (var job in jobs) await HoldAsync(job, []);

        async Task<IList<Eventsv1Event>> ExpiredAsync() =>
            [.. (await _cluster.Client.EventsV1.ListNamespacedEventAsync(_cluster.Namespace, cancellationToken: Stop)).Items.Where(told => told.Reason == "ChildrenExpired")];
    }

    [Theory]
    [InlineData("FailedCreatePodSandBox", "Failed to create pod sandbox: no runtime for \"gvisor\" is configured")]
    [InlineData("FailedAttachVolume", "Multi-Attach error for volume \"pvc-1\"")]
    [InlineData("FailedMount", "MountVolume.SetUp failed for volume \"credentials\": secret \"minio\" not found")]
    public async Task What_keeps_a_node_from_preparing_a_pod_is_named_and_told(string reason, string message)
    {
        await _cluster.CreateRunAsync("unprepared");
        var pod = await _cluster.TrainAsync("unprepared");
        var now = DateTime.UtcNow;
        await _cluster.Client.CreateAsync(
            new Corev1Event
            {
                Metadata = new() { Name = $"told-{Guid.NewGuid():n}", NamespaceProperty = _cluster.Namespace }, Type = "Warning", Reason = reason, Message = message, FirstTimestamp = now, LastTimestamp = now, Count = 1,
                InvolvedObject = new() { ApiVersion = "v1", Kind = "Pod", Name = pod.Name(), NamespaceProperty = _cluster.Namespace, Uid = pod.Uid() }, Source = new() { Component = "kubelet", Host = _cluster.Kubelet.Node },
            }, Stop);
        await SaysAsync("unprepared", reason, $"Pod {pod.Name()}: {message}");
        await Poll.UntilAsync(async () => (await _cluster.Client.EventsV1.ListNamespacedEventAsync(_cluster.Namespace, cancellationToken: Stop)).Items
            .Any(told => told.Regarding.Kind == ApiGroup.Kind && told.Reason == reason && told.Note.Contains(message, StringComparison.Ordinal)), "the Event about the run");
    }

    [Fact]
    public async Task Container_that_someone_put_beside_the_trainers_is_named_when_it_holds_it_up()
    {
        await _cluster.CreateRunAsync("beside");
        var pod = await _cluster.TrainAsync("beside");
        var waits = new { name = "trainer", image = "x", imageID = "", ready = false, restartCount = 0, state = new { waiting = new { reason = "PodInitializing" } } };
        await InitAsync(new { running = new { startedAt = "2026-01-01T00:00:00Z" } });
        await SaysAsync("beside", ConditionReasons.Starting, $"Pod {pod.Name()}: init container vault-agent-init runs");
        await InitAsync(new { waiting = new { reason = "ImagePullBackOff", message = "Back-off pulling image \"vault\"" } });
        await SaysAsync("beside", "ImagePullBackOff", "container vault-agent-init: Back-off pulling image \"vault\"");

        Task InitAsync(object state) => _cluster.Client.PatchAsync<V1Pod>(
            NamespacedName.Of(pod), Merge(new { status = new { containerStatuses = new[] { waits }, initContainerStatuses = new[] { new { name = "vault-agent-init", image = "vault", imageID = "", ready = false, restartCount = 0, state } } } }), Stop, "status");
    }

    private static V1Patch Merge(object change) => new(change, V1Patch.PatchType.MergePatch);

    private async Task SaysAsync(string run, string reason, string message)
    {
        RunCondition? said = null;
        await Poll.UntilAsync(
            async () => (said = OperatorCluster.Condition(await _cluster.RunAsync(run), ConditionTypes.Succeeded)) is { } now && now.Reason == reason && now.Message.Contains(message, StringComparison.Ordinal),
            () => $"{reason}: {message}; not {said?.Reason}: {said?.Message}", Soon);
    }

    /// <summary>How many requests of the operator had this answer.</summary>
    private async Task<int> RequestsAsync(string method, string code) =>
        (await _cluster.Process.GetAsync("metrics")).Body.Split('\n')
            .Where(line => line.StartsWith("rest_client_requests_total{", StringComparison.Ordinal) && line.Contains($"code=\"{code}\"", StringComparison.Ordinal) && line.Contains($"method=\"{method}\"", StringComparison.Ordinal))
            .Sum(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    private Task HoldAsync(string job, string[] finalizers) => _cluster.Client.PatchAsync<V1Job>(_cluster.Key(job), Merge(new { metadata = new { finalizers } }), Stop);
}
