using Inheritune.Api;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Generate;
using Inheritune.Trainer.Manifests;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>The resource as users meet it.</summary>
[Collection(nameof(Runs))]
public sealed class RunDefinitionTests(ControlPlane plane, RunApis apis)
{
    private const string Minimal = """
        apiVersion: inheritune.dev/v1alpha1
        kind: InheritRun
        metadata: {name: least}
        spec:
          reference: {uri: "s3://models/gpt2"}
          inherit: {layers: 6}
          dataset: {uri: "s3://corpora/owt"}
          output: {uri: "s3://runs/run"}
          training: {steps: 10}
        """;

    private Kubectl Kubectl => new(plane.Kubeconfig, apis.Namespace);

    [Fact]
    public async Task Both_servers_take_the_definition_and_the_current_one_takes_its_rules()
    {
        var definitions = await apis.DefinitionsAsync();
        Assert.All(definitions, definition => Assert.Equal(["Established True", "NamesAccepted True"], definition.Status.Conditions.Select(condition => $"{condition.Type} {condition.Status}").Order()));
        Assert.Equal(Rules(CrdGenerator.Generate()), Rules(definitions[0]));

        static IEnumerable<string> Rules(V1CustomResourceDefinition definition) =>
            definition.Spec.Versions.Single().Schema.OpenAPIV3Schema.Properties["spec"].XKubernetesValidations.Select(rule => rule.Rule);
    }

    [Fact]
    public async Task Minimal_manifest_applied_again_changes_nothing()
    {
        var api = await apis.CurrentAsync();
        Assert.Equal("inheritrun.inheritune.dev/least created\n", await Kubectl.RunAsync(Minimal, "apply", "-f", "-"));
        foreach (var how in new[] { "--server-side=false", "--server-side=false", "--server-side" })
            Assert.Matches("^inheritrun.inheritune.dev/least (unchanged|serverside-applied)\n$", await Kubectl.RunAsync(Minimal, "apply", how, "-f", "-"));
        Assert.Equal("", await Kubectl.RunAsync(Minimal, "diff", "-f", "-"));
        var stored = await api.GetAsync("least");
        Assert.Equal(1, (int)stored["metadata"]!["generation"]!);
    }

    [Fact]
    public async Task Server_fills_in_the_defaults_of_the_types()
    {
        var manifest = Minimal.Replace("least", "defaults", StringComparison.Ordinal);
        foreach (var api in await apis.BothAsync())
        {
            await api.CreateAsync(manifest);
            var stored = (await api.GetAsync("defaults"))["spec"]!;
            Assert.Equal(1337, (int)stored["training"]!["seed"]!);
            Assert.Equal(["Attention", "MLP", "Norms"], stored["inherit"]!["parts"]!.AsArray().Select(part => (string)part!));
            Assert.Equal(
                Recipe.ToJson(ManifestReader.Parse(manifest, "run.yaml", "/", [])),
                Recipe.ToJson(new InheritRun { Spec = KubernetesJson.Deserialize<InheritRunSpec>(stored.ToJsonString()) }));
        }
    }

    /// <summary>Nobody leads the runs of this namespace.</summary>
    [Fact]
    public async Task Run_that_no_operator_has_seen_says_so()
    {
        foreach (var api in await apis.BothAsync())
        {
            await api.CreateAsync(Minimal.Replace("least", "unseen", StringComparison.Ordinal));
            var condition = Assert.Single((await api.GetAsync("unseen"))["status"]!["conditions"]!.AsArray())!;
            Assert.Equal(("Succeeded", "Unknown", ConditionReasons.Waiting), ((string)condition["type"]!, (string)condition["status"]!, (string)condition["reason"]!));
            Assert.Contains("watchNamespaces", (string)condition["message"]!);
        }

        Assert.Matches(@"\nunseen +Waiting +\d+s\n$", await Kubectl.RunAsync("", "get", "inheritruns", "unseen"));
    }

    [Fact]
    public async Task Processors_may_be_a_number_and_mean_the_same()
    {
        foreach (var api in await apis.BothAsync())
        {
            await api.CreateAsync(Minimal.Replace("{name: least}", "{name: number}", StringComparison.Ordinal) + "\n  resources: {cpu: 8}");
            var stored = KubernetesJson.Deserialize<InheritRunSpec>((await api.GetAsync("number"))["spec"]!.ToJsonString());
            Assert.Equal("8", stored.Resources.Cpu);
            foreach (var bad in new[] { "0", "-1", "100000", "1.5", "true" })
                Assert.Equal(["spec.resources.cpu"], (await api.RefusalsAsync(Minimal + $"\n  resources: {{cpu: {bad}}}")).Select(refusal => refusal.Field).Distinct());
        }
    }

    [Fact]
    public async Task Status_is_kept_as_the_operator_and_the_trainer_write_it_and_shown_in_columns()
    {
        var api = await apis.CurrentAsync();
        await api.CreateAsync(Minimal.Replace("{name: least}", "{name: columns, labels: {kueue.x-k8s.io/queue-name: team-a}}", StringComparison.Ordinal));
        var status = KubernetesJson.Serialize(Status());
        Assert.Empty(await api.PatchStatusAsync("columns", $"{{\"status\": {status}}}"));

        var stored = KubernetesJson.Deserialize<V1Alpha1InheritRun>((await api.GetAsync("columns")).ToJsonString());
        Assert.Equal(status, KubernetesJson.Serialize(stored.Status));
        Assert.Equal(1, stored.Metadata.Generation);
        Assert.Matches(@"^NAME +STATUS +PROGRESS +LOSS +GAP +ETA +AGE\ncolumns +Evaluating 40% +24% +3\.4121 +-0\.273 +1h30m +\d+s\n$", await Kubectl.RunAsync("", "get", "inheritruns", "columns"));
        Assert.Matches(@"^NAME .* AGE +QUEUE +NODE +ATTEMPTS\ncolumns .* \d+s +team-a +gpu-7 +2\n$", await Kubectl.RunAsync("", "get", "irun", "columns", "-o", "wide"));
        Assert.Contains("inheritrun.inheritune.dev/columns\n", await Kubectl.RunAsync("", "get", "inheritune", "-o", "name"));
    }

    [Theory]
    [InlineData("""{"conditions": [{"type": "Succeeded", "status": "Maybe", "reason": "A", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}""", "status.conditions[0].status")]
    [InlineData("""{"conditions": [{"type": "Succeeded", "status": "True", "reason": "two words", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}""", "status.conditions[0].reason")]
    [InlineData("""{"progress": {"loss": "NaN"}}""", "status.progress.loss")]
    [InlineData("""{"progress": {"loss": 3.5}}""", "status.progress.loss")]
    [InlineData("""{"progress": {"percent": "101%"}}""", "status.progress.percent")]
    [InlineData("""{"startTime": "yesterday"}""", "status.startTime")]
    [InlineData("""{"specHash": "f00"}""", "status.specHash")]
    public async Task Status_out_of_its_bounds_is_refused(string status, string field)
    {
        var (api, name) = (await apis.CurrentAsync(), $"status-{Guid.NewGuid():n}");
        await api.CreateAsync(Minimal.Replace("least", name, StringComparison.Ordinal));
        Assert.Equal([field], (await api.PatchStatusAsync(name, $"{{\"status\": {status}}}")).Select(refusal => refusal.Field));
    }

    /// <summary>Everything that a status can say.</summary>
    private static InheritRunStatus Status()
    {
        var time = new DateTimeOffset(2026, 11, 24, 22, 21, 5, TimeSpan.Zero);
        var (digest, loss) = ("sha256:" + new string('a', 64), new RunLoss { Loss = "3.1943", Perplexity = "24.39" });
        var artifact = new RunArtifact { Uri = "s3://runs/run/model", Sha256 = digest, Bytes = 1 << 30 };
        return new InheritRunStatus
        {
            ObservedGeneration = 1,
            Phase = RunPhase.Running,
            StartTime = time,
            CompletionTime = time,
            SpecHash = digest,
            Summary = "Evaluating 40%",
            Conditions =
            [
                new() { Type = ConditionTypes.Validated, Status = ConditionStatus.True, Reason = "Fits", LastTransitionTime = time, ObservedGeneration = 1, Message = "fits" },
                new() { Type = ConditionTypes.Succeeded, Status = ConditionStatus.Unknown, Reason = ConditionReasons.Training, LastTransitionTime = time, ObservedGeneration = 1, Message = "step 1200 of 5000" },
            ],
            Job = new() { Name = "columns-train", Uid = "605bc29b-175e-4e41-97d0-bb35b0ca5c92", Attempt = 2, PodName = "columns-train-x7", NodeName = "gpu-7", CreationTime = time, EarlierPods = ["columns-train-a1"], StartTime = time, EndTime = time },
            Attempts = new() { Failed = 1, Disrupted = 3 },
            LastFailure = new() { Reason = ConditionReasons.CudaOutOfMemory, ExitCode = 24, Message = "out of memory", PodName = "columns-train-a1", NodeName = "gpu-6", Time = time },
            Progress = new()
            {
                Activity = RunActivity.Evaluating, Stage = "Evaluating the reference", StagePercent = "40%", Trouble = "s3.example: cannot connect", Step = 1200, TotalSteps = 5000, Percent = "24%", Tokens = 39321600, Loss = "3.4121", EvalLoss = "3.5010", Gap = "-0.273",
                TokensPerSecond = 41200, DataWaitPercent = 2, EtaSeconds = 5400, Eta = "1h30m", UpdateTime = time,
                ResumedStep = 1100, ResumedTime = time,
            },
            Checkpoint = new() { Step = 1150, Uri = "s3://runs/run/checkpoints/1150", Sha256 = digest, Time = time, SaveSeconds = 40 },
            Results = new() { Reference = loss, Initial = loss, Final = loss, Artifact = artifact, Report = artifact },
            CheckpointBytes = 1200,
            Usage = new() { GpuSeconds = 8123, WastedGpuSeconds = 310 },
        };
    }
}
