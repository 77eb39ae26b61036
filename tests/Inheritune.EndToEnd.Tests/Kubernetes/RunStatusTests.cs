using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.EndToEnd.Tests.Storage;
using Inheritune.Operator.Runtime;
using Inheritune.Trainer.Status;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>What a trainer in a pod tells the cluster, with the right to write one run's status and no other.</summary>
[Collection(nameof(OneAtATime))]
public sealed class RunStatusTests(ControlPlane plane, RunApis apis, S3Server server) : IClassFixture<RunApis>, IAsyncLifetime
{
    private readonly Workplace _work = new();
    private readonly string _name = $"run-{Guid.NewGuid():n}"[..20];
    private RunApi _api = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _api = await apis.CurrentAsync();
        foreach (var name in new[] { _name, $"{_name}-other" })
            await _api.CreateAsync($$"""
                apiVersion: inheritune.dev/v1alpha1
                kind: InheritRun
                metadata: {name: {{name}}}
                spec:
                  reference: {uri: "s3://models/tiny"}
                  inherit: {layers: 2}
                  dataset: {uri: "s3://corpora/tiny"}
                  output: {uri: "s3://runs/{{name}}"}
                  training: {steps: 3}
                """);
    }

    public ValueTask DisposeAsync()
    {
        _work.Dispose();
        return default;
    }

    [Fact]
    public async Task A_run_tells_its_progress_and_results_and_another_ones_status_is_refused_to_it()
    {
        await GrantAsync();
        using var keys = server.SetVariables();
        var output = server.Uri($"status-{_name}/out");
        string[] arguments = ["run", _work.Manifest, "--device", "cpu", "--set", $"output.uri={output}", "--set", "checkpoint.everySteps=1"];
        using (Pod(_name)) TrainerProcess.Run(_work.Cache, arguments).ShouldSucceed();

        var stored = await _api.GetAsync(_name);
        var (progress, results) = (stored["status"]!["progress"]!, stored["status"]!["results"]!);
        Assert.Equal((3, 3, "100%", 96L), ((int)progress["step"]!, (int)progress["totalSteps"]!, (string?)progress["percent"], (long)progress["tokens"]!));
        Assert.Equal((0L, "0s"), ((long)progress["etaSeconds"]!, (string?)progress["eta"]));
        Assert.Equal("Evaluating", (string?)progress["activity"]);
        Assert.True((long)progress["tokensPerSecond"]! > 0);
        Assert.InRange(DateTime.UtcNow - DateTime.Parse((string)progress["updateTime"]!, null, System.Globalization.DateTimeStyles.AdjustToUniversal), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Equal((string?)results["final"]!["loss"], (string?)progress["evalLoss"]);
        Assert.Equal(Decimals.Parse((string)progress["evalLoss"]!) - Decimals.Parse((string)results["reference"]!["loss"]!), double.Parse((string)progress["gap"]!, System.Globalization.CultureInfo.InvariantCulture), 4);
        Assert.NotEqual((string?)results["initial"]!["loss"], (string?)results["final"]!["loss"]);
        Assert.Equal(($"{output}/model", $"{output}/report.html"), ((string?)results["artifact"]!["uri"], (string?)results["report"]!["uri"]));
        Assert.Equal(3, (int)stored["status"]!["checkpoint"]!["step"]!);
        Assert.StartsWith($"{output}/checkpoints/step-000000003", (string?)stored["status"]!["checkpoint"]!["uri"], StringComparison.Ordinal);
        Assert.Contains(stored["metadata"]!["managedFields"]!.AsArray(), field => (string?)field!["manager"] == "inheritune-trainer" && (string?)field["operation"] == "Apply" && (string?)field["subresource"] == "status");
        Assert.Contains($" 100% {progress["loss"]} {progress["gap"]} 0s ", string.Join(' ', (await new Kubectl(plane.Kubeconfig, apis.Namespace).RunAsync("", "get", "irun", _name)).Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        var told = Told();
        Assert.Equal(0, told.GetProperty("code").GetInt32());
        Assert.True(JsonNode.DeepEquals(results, JsonNode.Parse(told.GetProperty("results").GetRawText())), $"{results.ToJsonString()} {told}");

        // Once more, as a pod that was restarted: everything stays as it was told.
        using (Pod(_name)) TrainerProcess.Run(_work.Cache, arguments).ShouldSucceed();
        var again = (await _api.GetAsync(_name))["status"]!;
        Assert.True(JsonNode.DeepEquals(results, again["results"]));
        Assert.Equal((3, "100%", (string?)progress["gap"]), ((int)again["progress"]!["step"]!, (string?)again["progress"]!["percent"], (string?)again["progress"]!["gap"]));
        Assert.True(Told().GetProperty("alreadyComplete").GetBoolean());

        using (Pod($"{_name}-other")) Assert.Contains("403 Forbidden", TrainerProcess.Run(_work.Cache, arguments).ShouldSucceed().Error, StringComparison.Ordinal);
        Assert.Null((await _api.GetAsync($"{_name}-other"))["status"]);
    }

    [Fact]
    public async Task An_api_server_that_dies_during_training_costs_no_step_and_the_termination_message_has_the_results()
    {
        await GrantAsync();
        string[] settings = ["--threads", "1", "--device", "cpu", "--set", "training.steps=1000", "--set", "training.logEverySteps=20", "--set", "evaluation.everySteps=1000"];
        TrainerProcess.Run(_work.Cache, TrainerProcess.Patience, ["run", _work.Manifest, .. settings, "--set", $"output.uri={_work.File("alone")}"]).ShouldSucceed();
        CommandResult result;
        using (Pod(_name))
        using (var process = TrainerProcess.Start(_work.Cache, ["run", _work.Manifest, .. settings]))
        {
            process.WaitFor("step 20/");
            plane.Kill();
            try
            {
                result = process.Wait(TrainerProcess.Patience).ShouldSucceed();
            }
            finally
            {
                plane.Revive();
            }
        }

        Assert.Contains($"The status of run {apis.Namespace}/{_name} cannot be written", result.Error, StringComparison.Ordinal);
        Assert.Contains("has not reached the API server", result.Error, StringComparison.Ordinal);
        Assert.Equal(Workplace.Weights(_work.File("alone")), Workplace.Weights(_work.Output));
        Assert.Equal(0, Told().GetProperty("code").GetInt32());
        Assert.True(Told().GetProperty("results").GetProperty("final").TryGetProperty("loss", out _));
    }

    [Fact]
    public async Task The_end_of_a_run_waits_only_seconds_for_an_api_server_that_hangs()
    {
        await GrantAsync();
        plane.Pause();
        try
        {
            var heard = new Heard();
            var status = Status(heard);
            status.Report(RunActivity.Training);
            var since = System.Diagnostics.Stopwatch.GetTimestamp();
            status.Dispose();
            Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(since).TotalSeconds, 1, 9);
            Assert.Contains("no answer in time", heard.Text, StringComparison.Ordinal);
        }
        finally
        {
            plane.Resume();
        }
    }

    [Fact]
    public async Task A_server_that_is_too_busy_or_fails_is_left_alone_as_long_as_it_says_and_hears_the_last_state()
    {
        await using var proxy = await ApiProxy.StartAsync(plane.Administrator);
        proxy.Next("patch", "inheritruns", Fault.Answer(429, "TooManyRequests", retryAfter: 2));
        proxy.Next("patch", "inheritruns", Fault.Answer(409, "Conflict"));
        proxy.Next("patch", "inheritruns", Fault.Answer(503, "ServiceUnavailable"));
        proxy.Next("patch", "inheritruns", Fault.Reset());
        var heard = new Heard();
        using (var status = new KubernetesStatus(heard, Account(new Uri(proxy.Access.Host), proxy.Access.SslCaCerts[0].ExportCertificatePem(), "any") with { Shortest = TimeSpan.FromSeconds(0.1) }, TimeProvider.System))
        {
            status.Report(new RunProgress { Activity = RunActivity.Training, TotalSteps = 9 });
            for (var step = 1; step <= 7; step++) status.Report(new RunProgress { Step = step, EvalLoss = $"{step}" });
            await Poll.UntilAsync(async () => (int?)(await _api.GetAsync(_name))["status"]?["progress"]?["step"] == 7, () => heard.Text);
        }

        var times = proxy.Requests.Where(request => request.Verb == "patch").Select(request => request.Time).ToList();
        Assert.Equal(5, times.Count);
        Pause.IsAtLeast(2, times[0], times[1]);
        Pause.IsAtLeast(2, times[1], times[2]);
        Pause.IsAtLeast(4, times[2], times[3]);
        Assert.Equal(1, heard.Text.Split("cannot be written (429").Length - 1);
        Assert.Contains("reaches the API server again", heard.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unchanged_news_are_not_written_again_and_the_last_ones_are_written_at_the_end()
    {
        await using var proxy = await ApiProxy.StartAsync(plane.Administrator);
        using (var status = new KubernetesStatus(SilentStatus.Instance, Account(new Uri(proxy.Access.Host), proxy.Access.SslCaCerts[0].ExportCertificatePem(), "any") with { Shortest = TimeSpan.FromSeconds(0.1), Pause = TimeSpan.FromSeconds(0.3) }, TimeProvider.System))
        {
            status.Report(new RunProgress { Activity = RunActivity.Training, Step = 1 });
            await Poll.UntilAsync(() => proxy.Count("patch", "inheritruns") == 1);
            for (var i = 0; i < 50; i++)
            {
                status.Report(new RunProgress { Activity = RunActivity.Training, Step = 1 });
                await Task.Delay(20, Stop);
            }

            Assert.Equal(1, proxy.Count("patch", "inheritruns"));
            status.Report(new RunProgress { Step = 2 });
        }

        Assert.Equal(2, (int)(await _api.GetAsync(_name))["status"]!["progress"]!["step"]!);
    }

    [Fact]
    public async Task Token_and_authority_are_read_again_when_they_have_changed()
    {
        var options = await GrantAsync();
        var (token, authority) = (_work.Text("account/token"), _work.Text("account/ca.crt"));
        using var stranger = TestCertificate.Create();
        _work.Write("account/ca.crt", stranger.ExportCertificatePem());
        _work.Write("account/token", "expired");
        var heard = new Heard();
        using (var status = new KubernetesStatus(heard, options with { Shortest = TimeSpan.FromSeconds(0.1), Pause = TimeSpan.FromSeconds(0.3) }, TimeProvider.System))
        {
            status.Report(RunActivity.Training);
            await Poll.UntilAsync(() => heard.Text.Contains("certificate", StringComparison.Ordinal), () => heard.Text);
            _work.Write("account/ca.crt", authority);
            _work.Write("account/token", token + "\n");
            await Poll.UntilAsync(async () => (string?)(await _api.GetAsync(_name))["status"]?["progress"]?["activity"] == "Training", () => heard.Text);
        }
    }

    private KubernetesStatus Status(IRunStatus next) => new(next, Account(new Uri(plane.Administrator.Host), _work.Text("account/ca.crt"), _work.Text("account/token")), TimeProvider.System);

    /// <summary>Rights of a trainer: to patch the status of its run.</summary>
    private async Task<KubernetesOptions> GrantAsync()
    {
        using var client = new ApiClient(plane.Administrator);
        var ns = apis.Namespace;
        var metadata = new V1ObjectMeta { Name = _name, NamespaceProperty = ns };
        await client.CreateAsync(new V1ServiceAccount { Metadata = metadata }, Stop);
        await client.CreateAsync(new V1Role { Metadata = metadata, Rules = [new() { ApiGroups = [ApiGroup.Name], Resources = ["inheritruns/status"], ResourceNames = [_name], Verbs = ["patch"] }] }, Stop);
        await client.CreateAsync(
            new V1RoleBinding
            {
                Metadata = metadata,
                RoleRef = new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = _name },
                Subjects = [new() { Kind = "ServiceAccount", Name = _name, NamespaceProperty = ns }],
            }, Stop);
        var token = await client.CoreV1.CreateNamespacedServiceAccountTokenAsync(new Authenticationv1TokenRequest { Spec = new() { Audiences = [] } }, _name, ns, cancellationToken: Stop);
        return Account(new Uri(plane.Administrator.Host), string.Concat(plane.Administrator.SslCaCerts.Select(certificate => certificate.ExportCertificatePem() + "\n")), token.Status.Token);
    }

    private KubernetesOptions Account(Uri host, string authority, string token)
    {
        _work.Write("account/ca.crt", authority);
        _work.Write("account/token", token);
        return new KubernetesOptions(host, apis.Namespace, _name, _work.File("account"));
    }

    /// <summary>What the operator and Kubernetes tell a pod.</summary>
    private Variables Pod(string name)
    {
        var host = new Uri(plane.Administrator.Host);
        return new Variables(new()
        {
            ["INHERITUNE_RUN_NAME"] = name,
            ["INHERITUNE_RUN_NAMESPACE"] = apis.Namespace,
            ["KUBERNETES_SERVICE_HOST"] = host.Host,
            ["KUBERNETES_SERVICE_PORT"] = $"{host.Port}",
            ["INHERITUNE_SERVICE_ACCOUNT"] = _work.File("account"),
            ["INHERITUNE_TERMINATION_LOG"] = _work.File("termination"),
        });
    }

    private JsonElement Told() => JsonSerializer.Deserialize<JsonElement>(_work.Text("termination"));
}
