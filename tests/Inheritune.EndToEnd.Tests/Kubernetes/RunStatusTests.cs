using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.EndToEnd.Tests.Storage;
using Inheritune.Operator.Runtime;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Runs;
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
        Assert.Null((await _api.GetAsync($"{_name}-other"))["status"]?["progress"]);
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
        using (var status = new KubernetesStatus(new Pulse(heard, TimeProvider.System), Account(new Uri(proxy.Access.Host), proxy.Access.SslCaCerts[0].ExportCertificatePem(), "any") with { Shortest = TimeSpan.FromSeconds(0.1) }, TimeProvider.System))
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
        using (var status = new KubernetesStatus(new Pulse(SilentStatus.Instance, TimeProvider.System), Account(new Uri(proxy.Access.Host), proxy.Access.SslCaCerts[0].ExportCertificatePem(), "any") with { Shortest = TimeSpan.FromSeconds(0.1), Pause = TimeSpan.FromSeconds(0.3) }, TimeProvider.System))
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
    public async Task A_stage_that_goes_on_is_written_again_and_again_and_one_that_hangs_falls_silent()
    {
        await using var proxy = await ApiProxy.StartAsync(plane.Administrator);
        var options = Account(new Uri(proxy.Access.Host), proxy.Access.SslCaCerts[0].ExportCertificatePem(), "any") with { Shortest = TimeSpan.FromSeconds(0.1), Pause = TimeSpan.FromSeconds(0.3) };
        using var status = new KubernetesStatus(new Pulse(SilentStatus.Instance, TimeProvider.System), options, TimeProvider.System);
        status.Report(RunActivity.Staging);
        using (var stage = status.Begin("Tokenizing the whole of a long corpus that has a long name, too", 100_000, "MB"))
        {
            stage.Report(40_000);
            await Poll.UntilAsync(async () => (string?)(await ProgressAsync())?["stagePercent"] == "40%");
            Assert.Equal("Tokenizing the whole of a long corpus that has a long name, too", (string?)(await ProgressAsync())!["stage"]);

            // Not one percent further, but further.
            var first = (string)(await ProgressAsync())!["updateTime"]!;
            var done = 40_000;
            await Poll.UntilAsync(async () =>
            {
                stage.Report(++done);
                return (string)(await ProgressAsync())!["updateTime"]! != first;
            });
            Assert.Equal("40%", (string?)(await ProgressAsync())!["stagePercent"]);

            // It says that it is there, and does nothing. One write more is that of the last thing done.
            var before = proxy.Count("patch", "inheritruns");
            for (var i = 0; i < 60; i++)
            {
                stage.Report(done, "still there");
                status.Info("still there");
                await Task.Delay(50, Stop);
            }

            Assert.InRange(proxy.Count("patch", "inheritruns"), before, before + 1);
        }

        await Poll.UntilAsync(async () => (await ProgressAsync())!["stage"] is null);
        Assert.Equal("Staging", (string?)(await ProgressAsync())!["activity"]);
    }

    [Fact]
    public async Task A_run_says_of_each_part_of_its_work_how_far_it_is()
    {
        _work.Write("corpus.txt", string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{_name}: the cat sat on mat {i} and the dog ran to log {i * 7919 % 60_013}\n")));
        var options = await GrantAsync() with { Shortest = TimeSpan.FromMilliseconds(20), Pause = TimeSpan.FromMilliseconds(50) };
        string[] settings = [$"dataset.uri={_work.File("corpus.txt")}", $"output.uri={_work.Output}", $"reference.uri={_work.Reference}", "dataset.maxTokens=4000", "dataset.validationTokens=40000", "training.steps=300", "evaluation.everySteps=10", "report.sampleTokens=64"];
        var seen = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        using (var status = new KubernetesStatus(new Pulse(SilentStatus.Instance, TimeProvider.System), options, TimeProvider.System))
        {
            var run = Task.Run(() => new RunPipeline(ManifestReader.Read(_work.Manifest, settings), TorchSharp.torch.CPU, status).Execute(Stop), Stop);
            while (!run.IsCompleted)
            {
                if (await ProgressAsync() is { } progress && (string?)progress["stage"] is { } stage) (seen.TryGetValue(stage, out var percents) ? percents : seen[stage] = []).Add((string)progress["stagePercent"]!);
                await Task.Delay(10, Stop);
            }

            await run;
        }

        var told = string.Join("; ", seen.Select(entry => $"{entry.Key}: {string.Join(' ', entry.Value)}"));
        foreach (var stage in new[] { "Tokenizing", "Evaluating the reference", "Evaluating the target at step 0", "Training", "Evaluating the target" })
            Assert.True(seen.GetValueOrDefault(stage)?.Count > 1, $"{stage} in {told}");
        Assert.Null((await ProgressAsync())!["stage"]);
    }

    [Fact]
    public async Task An_endpoint_that_does_not_exist_is_told_within_seconds_and_the_preflight_does_not_wait_for_it_long()
    {
        await GrantAsync();
        using var keys = server.SetVariables();
        using var variables = new Variables(new() { ["AWS_ENDPOINT_URL"] = "http://minio.invalid:9000" });
        using var pod = Pod(_name);
        using var process = TrainerProcess.Start(_work.Cache, "preflight", _work.Manifest, "--device", "cpu", "--set", $"output.uri={server.Uri("nowhere")}", "--set", "storage.retrySeconds=3600");
        await Poll.UntilAsync(async () => ((string?)(await ProgressAsync())?["trouble"])?.StartsWith("minio.invalid:9000: cannot connect: ", StringComparison.Ordinal) == true, () => process.ErrorSoFar);
        Assert.Matches(@"; tried again until \d\d:\d\d:\d\dZ$", (string?)(await ProgressAsync())!["trouble"]);

        // Not after an hour.
        var result = process.Wait();
        Assert.Equal((30, 30), (result.Code, Told().GetProperty("code").GetInt32()));
        Assert.Contains("no success within 30 s, nor ever: check spec.storage.endpoint ('http://minio.invalid:9000/')", Told().GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.True((await ProgressAsync())?["trouble"] is null, $"{(await _api.GetAsync(_name)).ToJsonString()} {result.Error}");
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
        using (var status = new KubernetesStatus(new Pulse(heard, TimeProvider.System), options with { Shortest = TimeSpan.FromSeconds(0.1), Pause = TimeSpan.FromSeconds(0.3) }, TimeProvider.System))
        {
            status.Report(RunActivity.Training);
            await Poll.UntilAsync(() => heard.Text.Contains("certificate", StringComparison.Ordinal), () => heard.Text);
            _work.Write("account/ca.crt", authority);
            _work.Write("account/token", token + "\n");
            await Poll.UntilAsync(async () => (string?)(await _api.GetAsync(_name))["status"]?["progress"]?["activity"] == "Training", () => heard.Text);
        }
    }

    private KubernetesStatus Status(IRunStatus next) => new(new Pulse(next, TimeProvider.System), Account(new Uri(plane.Administrator.Host), _work.Text("account/ca.crt"), _work.Text("account/token")), TimeProvider.System);

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

    private async Task<JsonNode?> ProgressAsync() => (await _api.GetAsync(_name))["status"]?["progress"];

    private JsonElement Told() => JsonSerializer.Deserialize<JsonElement>(_work.Text("termination"));
}
