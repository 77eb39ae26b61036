using System.Text.Json;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Controllers;
using Inheritune.Operator.Runtime;
using Inheritune.Trainer.Manifests;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>The operator's program before a real API server, Job controller, scheduler and garbage collector, from a run's creation to its end.</summary>
[Collection(nameof(Runs))]
public sealed class RunLifeTests(ControlPlane plane, RunApis apis) : IAsyncLifetime
{
    /// <summary>Five seconds and less, and more where the machine has other work.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private OperatorCluster _cluster = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await OperatorCluster.StartAsync(plane, apis);

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? default;

    [Fact]
    public async Task Run_is_looked_at_without_a_GPU_then_trained_with_one_and_never_again()
    {
        var run = await _cluster.CreateRunAsync("life", "{storage: {credentialsSecretRef: {name: minio}, caBundleRef: {name: ca}}}", "{kueue.x-k8s.io/queue-name: team-a, other: label}");
        var preflight = await _cluster.JobAsync("life-preflight");
        Assert.DoesNotContain("nvidia.com/gpu", preflight.Spec.Template.Spec.Containers[0].Resources.Limits.Keys);
        Assert.Equal(["preflight", "/etc/inheritune/run.yaml"], preflight.Spec.Template.Spec.Containers[0].Args);
        Assert.Null(await _cluster.FindJobAsync("life-train"));

        var pod = await _cluster.TrainAsync("life");
        var train = await _cluster.JobAsync("life-train");
        Assert.Equal("team-a", train.Labels()["kueue.x-k8s.io/queue-name"]);
        Assert.DoesNotContain("other", train.Labels().Keys);
        Assert.Equal(run.Uid(), Assert.Single(train.OwnerReferences()).Uid);
        Assert.NotEqual(true, train.OwnerReferences()[0].BlockOwnerDeletion);
        Assert.Equal(0, train.Spec.BackoffLimit);
        var spec = train.Spec.Template.Spec;
        var container = Assert.Single(spec.Containers);
        Assert.Equal("1", container.Resources.Limits["nvidia.com/gpu"].ToString());
        Assert.Equal((true, true, 120L, "Never"), (spec.SecurityContext.RunAsNonRoot, container.SecurityContext.ReadOnlyRootFilesystem, spec.TerminationGracePeriodSeconds, spec.RestartPolicy));
        Assert.Equal(["/etc/inheritune", "/scratch", "/etc/inheritune-credentials", "/etc/inheritune-ca"], container.VolumeMounts.Select(mount => mount.MountPath));
        var manifest = ManifestReader.Parse(train.Spec.Template.Annotations()["inheritune.dev/manifest"], "run.yaml", "/", []);
        Assert.Equal(SpecHash.Of(run.Spec), SpecHash.Of(manifest.Spec));

        await _cluster.Kubelet.RunsAsync(pod);
        await _cluster.StateAsync("life", ConditionReasons.Starting, Soon);
        await _cluster.ReportAsync(run, pod, "Evaluating");
        await _cluster.StateAsync("life", ConditionReasons.Evaluating, Soon);
        await _cluster.Kubelet.EndsAsync(pod, 0, """{"code": 0, "results": {"final": {"loss": "3.12"}, "reference": {"loss": "3.00"}}}""");
        var ended = await _cluster.StateAsync("life", ConditionReasons.Completed, Soon);
        Assert.Equal("Final validation loss 3.12, reference 3.00", OperatorCluster.Condition(ended, ConditionTypes.Succeeded)!.Message);
        Assert.Equal("3.12", ended.Status!.Results!.Final!.Loss);
        Assert.Equal((1, pod.Name(), _cluster.Kubelet.Node), (ended.Status.Job!.Attempt, ended.Status.Job.PodName, ended.Status.Job.NodeName));
        Assert.NotNull(ended.Status.Progress);

        // Whatever happens to its children, and whoever looks at it.
        await _cluster.Client.DeleteAsync<V1Job>(_cluster.Key("life-train"), Stop);
        await _cluster.Client.DeleteAsync<V1Job>(_cluster.Key("life-preflight"), Stop);
        await Poll.UntilAsync(async () => (await _cluster.JobsAsync()).Count == 0);
        await _cluster.Process.KillAsync();
        _cluster.Launch();
        await _cluster.Process.ReadyAsync();
        await _cluster.PatchRunAsync("life", new { spec = new { ttlSecondsAfterFinished = 77 } });
        await Poll.UntilAsync(async () => (await _cluster.RunAsync("life")).Status!.ObservedGeneration == 2);
        Assert.Empty(await _cluster.JobsAsync());
        Assert.Equal(ConditionReasons.Completed, OperatorCluster.Condition(await _cluster.RunAsync("life"), ConditionTypes.Succeeded)!.Reason);
    }

    [Fact]
    public async Task Result_that_is_there_already_needs_no_GPU()
    {
        await _cluster.CreateRunAsync("again");
        await _cluster.Kubelet.EndsAsync(await _cluster.PodAsync("again-preflight"), 0, """{"code": 0, "alreadyComplete": true, "results": {"final": {"loss": "3.12"}, "reference": {"loss": "3.00"}}, "progress": {"loss": "3.05"}}""");
        var run = await _cluster.StateAsync("again", ConditionReasons.AlreadyComplete, Soon);
        Assert.Equal(("100%", "3.05", "+0.1200"), (run.Status!.Progress!.Percent, run.Status.Progress.Loss, run.Status.Progress.Gap));
        // As a script waits for the end, good or bad.
        await new Kubectl(plane.Kubeconfig, _cluster.Namespace).RunAsync("", "wait", "irun/again", "--for=condition=Ended", "--timeout=1s");
        Assert.Equal("Succeeded", await new Kubectl(plane.Kubeconfig, _cluster.Namespace).RunAsync("", "get", "irun/again", "-o", "jsonpath={.status.phase}"));
        Assert.Equal("3.12", run.Status!.Results!.Final!.Loss);
        Assert.Null(await _cluster.FindJobAsync("again-train"));
    }

    [Fact]
    public async Task Trainer_may_report_on_its_own_run_only()
    {
        var run = await _cluster.CreateRunAsync("mine");
        await _cluster.CreateRunAsync("other");
        await _cluster.JobAsync("mine-preflight");
        using var trainer = await _cluster.TrainerAsync(run);
        await _cluster.ReportAsync(trainer, "mine", new { progress = new { step = 1 } });
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, (await Assert.ThrowsAsync<ApiException>(() => _cluster.ReportAsync(trainer, "other", new { progress = new { step = 1 } }))).Status);
        await Assert.ThrowsAsync<ApiException>(() => trainer.GetAsync<V1Job>(_cluster.Key("mine-preflight"), Stop));
    }

    [Fact]
    public async Task Account_of_the_user_reports_on_the_run_and_stays_when_the_run_is_cleared_away()
    {
        await _cluster.Client.CreateAsync(new V1ServiceAccount { Metadata = new() { Name = "cloud", NamespaceProperty = _cluster.Namespace } }, Stop);
        var run = await _cluster.CreateRunAsync("own", "{serviceAccountName: cloud, ttlSecondsAfterFinished: 0}");
        var pod = await _cluster.TrainAsync("own");
        Assert.Equal("cloud", pod.Spec.ServiceAccountName);
        using var trainer = new ApiClient(await plane.AccessAsync(_cluster.Namespace, "cloud"));
        await _cluster.ReportAsync(trainer, "own", new { progress = new { activity = "Training", step = 1, totalSteps = 10, updateTime = DateTime.UtcNow } });
        Assert.Equal(["cloud", "default", "inheritune-operator"], await AccountsAsync());

        await _cluster.Kubelet.EndsAsync(pod, 0);
        await _cluster.StateAsync("own", ConditionReasons.Completed, Soon);
        await Poll.UntilAsync(async () => (await _cluster.JobsAsync()).Count == 0, "the end of the Jobs");
        Assert.Equal(["cloud", "default", "inheritune-operator"], await AccountsAsync());
        Assert.DoesNotContain((await _cluster.Client.RbacAuthorizationV1.ListNamespacedRoleBindingAsync(_cluster.Namespace, cancellationToken: Stop)).Items, binding => binding.OwnerReferences()?.Any(owner => owner.Uid == run.Uid()) == true);

        async Task<IEnumerable<string>> AccountsAsync() =>
            (await _cluster.Client.CoreV1.ListNamespacedServiceAccountAsync(_cluster.Namespace, cancellationToken: Stop)).Items.Select(account => account.Name()).Order();
    }

    [Fact]
    public async Task Pause_ends_the_Job_and_its_end_makes_it_again()
    {
        var run = await _cluster.CreateRunAsync("pause");
        var pod = await _cluster.TrainAsync("pause");
        await _cluster.ReportAsync(run, pod);
        await _cluster.StateAsync("pause", ConditionReasons.Training);
        // A trainer that takes its time to save.
        await HoldAsync(pod, ["tests.inheritune.dev/hold"]);
        _cluster.Kubelet.CodeOnTerm = null;
        await _cluster.PatchRunAsync("pause", new { spec = new { suspend = true } });
        var saving = await _cluster.StateAsync("pause", ConditionReasons.Suspending, Soon);
        Assert.Equal((RunPhase.Running, ConditionStatus.False), (saving.Status!.Phase, OperatorCluster.Condition(saving, ConditionTypes.Suspended)!.Status));
        Assert.Equal($"Waits until pod {pod.Name()} has saved and ended; it holds its GPU until then", OperatorCluster.Condition(saving, ConditionTypes.Succeeded)!.Message);
        _cluster.Kubelet.CodeOnTerm = 10;
        await _cluster.Kubelet.EndsAsync(pod, 10);
        await HoldAsync(pod, []);
        var paused = await _cluster.StateAsync("pause", ConditionReasons.Suspended, Soon);
        Assert.Equal((RunPhase.Suspended, ConditionStatus.True), (paused.Status!.Phase, OperatorCluster.Condition(paused, ConditionTypes.Suspended)!.Status));
        Assert.Null(await _cluster.FindJobAsync("pause-train"));

        await _cluster.PatchRunAsync("pause", new { spec = new { suspend = false } });
        var second = await _cluster.PodAsync("pause-train");
        Assert.NotEqual(pod.Name(), second.Name());
        Assert.Contains(second.Spec.Containers[0].Env, variable => variable is { Name: "INHERITUNE_ATTEMPT", Value: "2" });
        await _cluster.ReportAsync(run, second);
        var resumed = await _cluster.StateAsync("pause", ConditionReasons.Training);
        Assert.Equal((2, 0, 0), (resumed.Status!.Job!.Attempt, resumed.Status.Attempts!.Failed, resumed.Status.Attempts.Disrupted));
        await Poll.UntilAsync(async () => (await _cluster.Client.EventsV1.ListNamespacedEventAsync(_cluster.Namespace, cancellationToken: Stop)).Items.Select(e => e.Reason).ToHashSet()
            .IsSupersetOf(["TrainingStarted", "RunSuspended", "Resumed", "TrainingContinued"]), "the events");

        Task HoldAsync(V1Pod held, string[] finalizers) =>
            _cluster.Client.PatchAsync<V1Pod>(NamespacedName.Of(held), new V1Patch(new { metadata = new { finalizers } }, V1Patch.PatchType.MergePatch), Stop);
    }

    [Fact]
    public async Task Job_that_is_made_anew_waits_in_the_queue_that_its_run_names_by_then()
    {
        await _cluster.CreateRunAsync("queue", labels: "{kueue.x-k8s.io/queue-name: team-a}");
        var pod = await _cluster.TrainAsync("queue");
        await _cluster.PatchRunAsync("queue", new { metadata = new { labels = new Dictionary<string, string> { ["kueue.x-k8s.io/queue-name"] = "team-b" } }, spec = new { suspend = true } });
        await Poll.UntilAsync(async () => await _cluster.FindJobAsync("queue-train") is null, "the end of the Job");
        await _cluster.PatchRunAsync("queue", new { spec = new { suspend = false } });
        Assert.NotEqual(pod.Name(), (await _cluster.PodAsync("queue-train")).Name());
        Assert.Equal("team-b", (await _cluster.JobAsync("queue-train")).Labels()["kueue.x-k8s.io/queue-name"]);
    }

    [Theory]
    [InlineData(20, """{"code": 20, "reason": "InvalidInput", "message": "layers: 99 is too many"}""", "InvalidSpec", "layers: 99 is too many")]
    [InlineData(20, """{"code": 20, "reason": "OutputOccupied", "message": "another run's"}""", "OutputOccupied", "another run's")]
    [InlineData(21, "", "StorageDenied", "the trainer ended with exit code 21")]
    public async Task Preflight_that_finds_a_fault_ends_the_run_without_a_GPU(int code, string words, string reason, string message)
    {
        await _cluster.CreateRunAsync("bad");
        await _cluster.Kubelet.EndsAsync(await _cluster.PodAsync("bad-preflight"), code, words);
        var run = await _cluster.StateAsync("bad", reason, Soon);
        Assert.Equal(message, OperatorCluster.Condition(run, ConditionTypes.Succeeded)!.Message);
        Assert.Equal(ConditionStatus.False, OperatorCluster.Condition(run, ConditionTypes.Succeeded)!.Status);
        // No other pod follows, and the one that failed stays with its log.
        await Poll.UntilAsync(async () => (await _cluster.JobAsync("bad-preflight")).IsFailed(), "the end of the Job");
        Assert.Equal("Failed", Assert.Single(await _cluster.PodsAsync("bad-preflight")).Status.Phase);
        Assert.Single(await _cluster.JobsAsync());
    }

    [Fact]
    public async Task Permanent_failure_is_final_a_passing_one_is_tried_again_and_a_disruption_is_free()
    {
        var run = await _cluster.CreateRunAsync("retry", "{retry: {backoffLimit: 1}}");
        var pod = await _cluster.TrainAsync("retry");
        await _cluster.ReportAsync(run, pod);
        await _cluster.Kubelet.EndsAsync(pod, 10);
        await CountedAsync(0, 1);

        pod = await _cluster.PodAsync("retry-train");
        await _cluster.Kubelet.EvictsAsync(pod, "The node was low on resource: memory");
        await CountedAsync(0, 2);

        Assert.Contains($"inheritune_run_disruptions_total{{namespace=\"{_cluster.Namespace}\",cause=\"Evicted\"}} 1", (await _cluster.Process.GetAsync("metrics")).Body, StringComparison.Ordinal);

        // Two disruptions have used the Job's own limit up, on a server without podFailurePolicy.
        pod = await _cluster.PodAsync("retry-train");
        await _cluster.Kubelet.EndsAsync(pod, 137, reason: "OOMKilled");
        await CountedAsync(1, 2);
        var failure = (await _cluster.RunAsync("retry")).Status!.LastFailure!;
        Assert.Equal(("OOMKilled", pod.Name(), _cluster.Kubelet.Node), (failure.Reason, failure.PodName, failure.NodeName));

        pod = await _cluster.PodAsync("retry-train");
        await _cluster.Kubelet.EndsAsync(pod, 30, """{"code": 30, "message": "503 from minio"}""");
        var ended = await _cluster.StateAsync("retry", ConditionReasons.StorageUnavailable, Soon);
        Assert.Equal((4, 2, 30), (ended.Status!.Job!.Attempt, ended.Status.Attempts!.Failed, ended.Status.LastFailure!.ExitCode));
        Assert.Contains("503 from minio", OperatorCluster.Condition(ended, ConditionTypes.Succeeded)!.Message, StringComparison.Ordinal);
        await Poll.UntilAsync(async () => await _cluster.FindJobAsync("retry-train") is null or { Status.Active: null or 0 });

        // Not by the state word: an old Job controller replaces a pod at once.
        Task CountedAsync(int failed, int disrupted) => Poll.UntilAsync(
            async () => (await _cluster.RunAsync("retry")).Status?.Attempts is { } attempts && (attempts.Failed, attempts.Disrupted) == (failed, disrupted), $"{failed} failed, {disrupted} disrupted", Soon);
    }

    [Fact]
    public async Task What_holds_a_pod_up_is_named()
    {
        await _cluster.CreateRunAsync("stuck", "{resources: {gpuResourceName: nvidia.com/mig-9g.999gb}, deadlines: {startDeadlineSeconds: 600}}");
        await _cluster.Kubelet.EndsAsync(await _cluster.PodAsync("stuck-preflight"), 0);
        await _cluster.PodAsync("stuck-train", scheduled: false);
        var run = await _cluster.StateAsync("stuck", ConditionReasons.Pending);
        await Poll.UntilAsync(async () => OperatorCluster.Condition(run = await _cluster.RunAsync("stuck"), ConditionTypes.Scheduled)!.Status == ConditionStatus.False, "Unschedulable", Soon);
        Assert.Contains("Insufficient nvidia.com/mig-9g.999gb", OperatorCluster.Condition(run, ConditionTypes.Succeeded)!.Message, StringComparison.Ordinal);

        await _cluster.CreateRunAsync("pull");
        var pod = await _cluster.TrainAsync("pull");
        foreach (var (reason, message) in new[] { ("ImagePullBackOff", "Back-off pulling image"), ("CreateContainerConfigError", "secret \"minio\" not found") })
        {
            await _cluster.Kubelet.WaitsAsync(pod, reason, message);
            run = await _cluster.StateAsync("pull", reason, Soon);
            Assert.Equal($"Pod {pod.Name()}: {message}", OperatorCluster.Condition(run, ConditionTypes.Succeeded)!.Message);
        }

        await Poll.UntilAsync(async () => (await _cluster.Client.EventsV1.ListNamespacedEventAsync(_cluster.Namespace, cancellationToken: Stop)).Items.Select(e => e.Reason).ToHashSet()
            .IsSupersetOf(["RunValidated", "PodUnschedulable", "ImagePullFailed"]), "the events");
    }

    [Theory]
    [InlineData("count/jobs.batch", "Cannot create jobs.batch")]
    [InlineData("pods", "Job refused-preflight has no pod")]
    public async Task What_a_quota_refuses_is_named_and_made_once_it_may_be(string resource, string what)
    {
        var quota = new V1ResourceQuota { Metadata = new() { Name = "none", NamespaceProperty = _cluster.Namespace }, Spec = new() { Hard = new Dictionary<string, ResourceQuantity> { [resource] = new("0") } } };
        await _cluster.Client.CoreV1.CreateNamespacedResourceQuotaAsync(quota, _cluster.Namespace, cancellationToken: Stop);
        await Poll.UntilAsync(async () => (await _cluster.Client.CoreV1.ReadNamespacedResourceQuotaAsync("none", _cluster.Namespace, cancellationToken: Stop)).Status?.Used?.Count > 0);
        await _cluster.CreateRunAsync("refused");
        var message = "";
        await Poll.UntilAsync(async () => (message = OperatorCluster.Condition(await _cluster.RunAsync("refused"), ConditionTypes.Succeeded)?.Message ?? "").Contains("exceeded quota: none", StringComparison.Ordinal), () => message, Soon);
        Assert.Contains(what, message, StringComparison.Ordinal);
        Assert.DoesNotContain("grant it", message, StringComparison.Ordinal);

        await _cluster.Client.CoreV1.DeleteNamespacedResourceQuotaAsync("none", _cluster.Namespace, cancellationToken: Stop);
        await _cluster.PodAsync("refused-preflight");
    }

    [Fact]
    public async Task What_the_trainer_says_of_its_stage_and_its_trouble_is_in_the_column_and_a_stall_is_named()
    {
        var run = await _cluster.CreateRunAsync("said");
        var pod = await _cluster.TrainAsync("said");
        Assert.Equal("/healthz", pod.Spec.Containers[0].LivenessProbe.HttpGet.Path);
        await _cluster.Kubelet.RunsAsync(pod);
        using var trainer = await _cluster.TrainerAsync(run);
        await SayAsync(new { activity = "Staging", stage = "Tokenizing", stagePercent = "40%", updateTime = DateTime.UtcNow });
        run = await _cluster.StateAsync("said", ConditionReasons.Staging, Soon);
        Assert.Matches(@"^NAME .*\nsaid +Tokenizing 40% ", await new Kubectl(plane.Kubeconfig, _cluster.Namespace).RunAsync("", "get", "irun", "said"));

        await SayAsync(new { activity = "Staging", trouble = "minio.example: cannot connect; tried again until 00:12:30Z", updateTime = DateTime.UtcNow });
        run = await _cluster.StateAsync("said", ConditionReasons.StorageUnreachable, Soon);
        Assert.StartsWith("minio.example: cannot connect; tried again until 00:12:30Z", OperatorCluster.Condition(run, ConditionTypes.Succeeded)!.Message, StringComparison.Ordinal);
        await SayAsync(new { activity = "Training", updateTime = DateTime.UtcNow });
        run = await _cluster.StateAsync("said", ConditionReasons.Training, Soon);
        Assert.Equal("Training", run.Status!.Summary);

        await _cluster.Kubelet.EndsAsync(pod, 32, """{"code": 32, "reason": "Stalled", "message": "Tokenizing (40%) has not gone on"}""");
        await Poll.UntilAsync(async () => (run = await _cluster.RunAsync("said")).Status!.LastFailure is not null, "the failure", Soon);
        Assert.Equal((ConditionReasons.ProgressStalled, 32, "Tokenizing (40%) has not gone on"), (run.Status!.LastFailure!.Reason, run.Status.LastFailure.ExitCode, run.Status.LastFailure.Message));
        await Poll.UntilAsync(async () => (await _cluster.Client.EventsV1.ListNamespacedEventAsync(_cluster.Namespace, cancellationToken: Stop)).Items.Select(e => e.Reason).ToHashSet()
            .IsSupersetOf(["StorageUnreachable", "RunStalled"]), "the events");

        Task SayAsync(object progress) => _cluster.ReportAsync(trainer, "said", new { progress });
    }

    [Fact]
    public async Task Start_deadline_ends_a_run_that_nothing_can_start()
    {
        await _cluster.CreateRunAsync("late", "{deadlines: {startDeadlineSeconds: 6}}");
        var pod = await _cluster.TrainAsync("late");
        await _cluster.Kubelet.WaitsAsync(pod, "ImagePullBackOff", "no such image");
        var run = await _cluster.StateAsync("late", ConditionReasons.ImagePullFailed);
        Assert.Contains("no such image", OperatorCluster.Condition(run, ConditionTypes.Succeeded)!.Message, StringComparison.Ordinal);
        await Poll.UntilAsync(async () => await _cluster.FindJobAsync("late-train") is null, "the end of the Job");
    }

    [Fact]
    public async Task Children_expire_and_the_run_stays()
    {
        var run = await _cluster.CreateRunAsync("ttl", "{ttlSecondsAfterFinished: 2}");
        await _cluster.Kubelet.EndsAsync(await _cluster.TrainAsync("ttl"), 0);
        await _cluster.StateAsync("ttl", ConditionReasons.Completed);
        await Poll.UntilAsync(async () => (await _cluster.JobsAsync()).Count == 0 && !(await _cluster.PodsAsync("ttl-train")).Any(), "the end of the Jobs and pods");
        var accounts = await _cluster.Client.CoreV1.ListNamespacedServiceAccountAsync(_cluster.Namespace, cancellationToken: Stop);
        Assert.DoesNotContain(accounts.Items, account => account.Name().StartsWith("ttl-", StringComparison.Ordinal));
        Assert.Equal(run.Uid(), (await _cluster.StateAsync("ttl", ConditionReasons.Completed)).Uid());
    }

    [Fact]
    public async Task Deleting_a_run_takes_everything_along()
    {
        await _cluster.CreateRunAsync("gone");
        await _cluster.TrainAsync("gone");
        await _cluster.Client.DeleteAsync<Inheritune.Operator.Entities.V1Alpha1InheritRun>(_cluster.Key("gone"), Stop);
        await Poll.UntilAsync(async () => (await _cluster.JobsAsync()).Count == 0 && !(await _cluster.PodsAsync("gone-train")).Any()
            && !(await _cluster.Client.RbacAuthorizationV1.ListNamespacedRoleAsync(_cluster.Namespace, cancellationToken: Stop)).Items.Any(role => role.Name().StartsWith("gone-", StringComparison.Ordinal)), "the end of the children");
    }

    [Fact]
    public async Task Operator_tells_how_it_is_and_stops_in_order()
    {
        await _cluster.CreateRunAsync("told");
        await _cluster.StateAsync("told", ConditionReasons.Pulling);
        Assert.Equal((System.Net.HttpStatusCode.OK, "ok"), await _cluster.Process.GetAsync("healthz"));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await _cluster.Process.GetAsync("other")).Status);
        var metrics = (await _cluster.Process.GetAsync("metrics")).Body;
        Assert.Contains($"inheritune_runs{{namespace=\"{_cluster.Namespace}\",state=\"", metrics, StringComparison.Ordinal);
        Assert.All(["inheritune_build_info{", "inheritune_run_completions_total", "workqueue_depth{", "rest_client_requests_total{"], name => Assert.Contains(name, metrics, StringComparison.Ordinal));
        Assert.Equal(0, await _cluster.Process.StopAsync());
        Assert.DoesNotContain("Forbidden", _cluster.Process.Log, StringComparison.Ordinal);
    }
}
