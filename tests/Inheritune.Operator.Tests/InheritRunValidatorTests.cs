using Inheritune.Api;

namespace Inheritune.Operator.Tests;

public sealed class InheritRunValidatorTests
{
    [Fact]
    public void Minimal_manifests_are_valid()
    {
        Assert.Empty(InheritRunValidator.Validate(Run()));
        Assert.Empty(InheritRunValidator.Validate(Scratch()));
    }

    /// <summary>One line per rule: what is set to what, the field that is named and a part of the message.</summary>
    public static TheoryData<string, object?, string, string> Mutations => new()
    {
        { "ApiVersion", "", "apiVersion", "is required" },
        { "ApiVersion", "inheritune.dev/v1", "apiVersion", "must be inheritune.dev/v1alpha1" },
        { "Kind", "Job", "kind", "must be InheritRun" },
        { "Metadata.Name", "", "metadata.name", "is required; name of the run" },
        { "Metadata.Name", "Run", "metadata.name", "must consist of lower case letters" },
        { "Metadata.Name", new string('a', 53), "metadata.name", "must have 1 to 52 characters" },
        { "Metadata.Namespace", new string('a', 64), "metadata.namespace", "must have at most 63 characters" },
        { "Spec.Dataset.Uri", "", "spec.dataset.uri", "is required" },
        { "Spec.Dataset.Uri", "ftp://x", "spec.dataset.uri", "must be s3://bucket/prefix, file:///path or a plain path" },
        { "Spec.Dataset.ValidationUri", "", "spec.dataset.validationUri", "must have 1 to 1024 characters" },
        { "Spec.Dataset.TextField", "", "spec.dataset.textField", "must have 1 to 128 characters" },
        { "Spec.Dataset.Format", (DatasetFormat)9, "spec.dataset.format", "must be one of Auto, Text, JsonLines, Packed" },
        { "Spec.Dataset.MaxTokens", 0L, "spec.dataset.maxTokens", "must be at least 1" },
        { "Spec.Dataset.MaxTokens", long.MinValue, "spec.dataset.maxTokens", "must be at least 1" },
        { "Spec.Inherit.Layers", 0, "spec.inherit.layers", "must be from 1 to 1024" },
        { "Spec.Inherit.Parts", Array.Empty<BlockPart>(), "spec.inherit.parts", "must have at least 1 entry" },
        { "Spec.Inherit.Parts", new[] { BlockPart.MLP, (BlockPart)7 }, "spec.inherit.parts[1]", "must be one of Attention, MLP, Norms" },
        { "Spec.Inherit.Parts", new[] { BlockPart.MLP, BlockPart.MLP }, "spec.inherit.parts", "names a part twice" },
        { "Spec.Inherit", null, "spec.inherit", "belongs to a reference" },
        { "Spec.Architecture", new ArchitectureSpec { Layers = 1, HiddenSize = 8, Heads = 1 }, "spec.reference", "not both" },
        { "Spec.Report.Prompts", new[] { "a", new string('x', 2001) }, "spec.report.prompts[1]", "must have 1 to 2000 characters" },
        { "Spec.Report.Prompts", new[] { "a", null! }, "spec.report.prompts[1]", "must have a value" },
        { "Spec.Report.Prompts", Enumerable.Repeat("a", 9).ToArray(), "spec.report.prompts", "must have at most 8 entries" },
        { "Spec.Dataset.ValidationTokens", 5L, "", "" },
        { "Spec.Training.Steps", null, "spec.training.steps", "give exactly one of" },
        { "Spec.Training.Tokens", 5L, "spec.training.steps", "give exactly one of" },
        { "Spec.Training.Steps", 100_000_001, "spec.training.steps", "must be from 1 to 100000000" },
        { "Spec.Training.Seed", -1, "spec.training.seed", "must be at least 0" },
        { "Spec.Training.WarmupSteps", 11, "spec.training.warmupSteps", "must not exceed spec.training.steps" },
        { "Spec.Training.LearningRate", "", "spec.training.learningRate", "must be a decimal number" },
        { "Spec.Training.LearningRate", "-1", "spec.training.learningRate", "must be a decimal number" },
        { "Spec.Training.LearningRate", "1e999", "spec.training.learningRate", "must be a decimal number" },
        { "Spec.Training.LearningRate", "1e-6", "spec.training.minLearningRate", "must not exceed spec.training.learningRate" },
        { "Spec.Training.Beta1", "1", "spec.training.beta1", "must be below 1" },
        { "Spec.Training.Beta2", "1.0", "spec.training.beta2", "must be below 1" },
        { "Spec.Training.Epsilon", "0", "spec.training.epsilon", "must be above 0" },
        { "Spec.Storage.CacheMebibytes", 0, "spec.storage.cacheMebibytes", "must be from 1 to 1048576" },
        { "Spec.Storage.CacheMebibytes", 1_048_577, "spec.storage.cacheMebibytes", "must be from 1 to 1048576" },
        { "Spec.Storage.CacheMebibytes", 1_048_576, "", "" },
        { "Spec.Training.Dropout", "1", "spec.training.dropout", "must be below 1" },
        { "Spec.Retry.BackoffLimit", -1, "spec.retry.backoffLimit", "must be from 0 to 100" },
        { "Spec.Deadlines.StartDeadlineSeconds", 0, "spec.deadlines.startDeadlineSeconds", "must be from 1 to 31536000" },
        { "Spec.Deadlines.ActiveDeadlineSeconds", 0, "spec.deadlines.activeDeadlineSeconds", "must be from 1 to 31536000" },
        { "Spec.Deadlines.ProgressTimeoutSeconds", 59, "spec.deadlines.progressTimeoutSeconds", "must be from 60 to 604800" },
        { "Spec.Deadlines.ProgressTimeoutSeconds", 600, "spec.checkpoint.everySeconds", "must be below spec.deadlines.progressTimeoutSeconds" },
        { "Spec.Deadlines.ProgressTimeoutSeconds", 601, "", "" },
        { "Spec.Checkpoint.EverySeconds", 604800, "", "" },
        { "Spec.TtlSecondsAfterFinished", -1, "spec.ttlSecondsAfterFinished", "must be at least 0" },
        { "Spec.Resources.GpuResourceName", "gpu", "spec.resources.gpuResourceName", "must be a name with a domain, such as nvidia.com/gpu" },
        { "Spec.Resources.GpuResourceName", "nvidia.com/mig-3g.40gb", "", "" },
        { "Spec.Resources.Cpu", "4Gi", "spec.resources.cpu", "must be a number of CPUs" },
        { "Spec.Resources.Cpu", "0.000", "spec.resources.cpu", "must be a number of CPUs" },
        { "Spec.Resources.Cpu", "0.5", "", "" },
        { "Spec.Resources.Cpu", "1500m", "", "" },
        { "Spec.Resources.Memory", "16", "spec.resources.memory", "must be a number of bytes with its unit" },
        { "Spec.Resources.Memory", "2GB", "spec.resources.memory", "must be a number of bytes with its unit; write 2Gi" },
        { "Spec.Resources.Memory", "512 mb", "spec.resources.memory", "write 512Mi" },
        { "Spec.Resources.Memory", "lots", "spec.resources.memory", "must be a number of bytes with its unit, such as 16Gi" },
        { "Spec.Resources.Scratch", "1.5Gi", "spec.resources.scratch", "must be a number of bytes with its unit" },
        { "Spec.Image", "-x", "spec.image", "must be a container image" },
        { "Spec.Image", "localhost:5000/a/b:1@sha256:0", "", "" },
        { "Spec.Storage.CredentialsSecretRef", new SecretReference(), "spec.storage.credentialsSecretRef.name", "is required" },
        { "Spec.Storage.CredentialsSecretRef", new SecretReference { Name = "a..b" }, "spec.storage.credentialsSecretRef.name", "must consist of lower case letters" },
        { "Spec.Storage.CaBundleRef", new CaBundleReference { Name = "ca", Key = "a/b" }, "spec.storage.caBundleRef.key", "must consist of letters" },
        { "Spec.Scheduling", new SchedulingSpec { NodeSelector = new Dictionary<string, string> { ["pool"] = "a b" } }, "spec.scheduling.nodeSelector.pool", "must consist of letters" },
        { "Spec.Scheduling", new SchedulingSpec { NodeSelector = new Dictionary<string, string> { ["a b"] = "c" } }, "spec.scheduling.nodeSelector", "has a key that no label can have" },
        { "Spec.Scheduling", new SchedulingSpec { NodeSelector = new Dictionary<string, string> { ["a.b/c_d"] = "" } }, "", "" },
        { "Spec.Scheduling", new SchedulingSpec { NodeSelector = Enumerable.Range(0, 17).ToDictionary(i => $"k{i}", _ => "") }, "spec.scheduling.nodeSelector", "must have at most 16 entries" },
        { "Spec.Scheduling", new SchedulingSpec { NodeSelector = Enumerable.Range(0, 16).ToDictionary(i => $"k{i}", _ => "") }, "", "" },
        { "Spec.Scheduling", new SchedulingSpec { PriorityClassName = "A" }, "spec.scheduling.priorityClassName", "must consist of lower case letters" },
        { "Spec.Scheduling", Tolerating(), "spec.scheduling.tolerations", "without a key" },
        { "Spec.Scheduling", Tolerating(key: "a b"), "spec.scheduling.tolerations[0].key", "must be a label's key" },
        { "Spec.Scheduling", Tolerating(op: TolerationOperator.Exists), "", "" },
        { "Spec.Scheduling", Tolerating(key: "gpu", value: "yes", op: TolerationOperator.Exists), "spec.scheduling.tolerations", "a value beside operator: Exists" },
        { "Spec.Scheduling", Tolerating(key: "gpu", value: "yes"), "", "" },
        { "Spec.Scheduling", Tolerating(key: "gpu", seconds: 3), "spec.scheduling.tolerations", "needs effect: NoExecute" },
        { "Spec.Scheduling", Tolerating(key: "gpu", seconds: 3, effect: TaintEffect.NoSchedule), "spec.scheduling.tolerations", "needs effect: NoExecute" },
        { "Spec.Scheduling", Tolerating(key: "gpu", seconds: 3, effect: TaintEffect.NoExecute), "", "" },
        { "Spec.Scheduling", Needing(NodeOperator.In), "spec.scheduling.nodeAffinity", "values do not fit its operator" },
        { "Spec.Scheduling", Needing(NodeOperator.Exists, "a"), "spec.scheduling.nodeAffinity", "values do not fit its operator" },
        { "Spec.Scheduling", Needing(NodeOperator.Gt, "1", "2"), "spec.scheduling.nodeAffinity", "values do not fit its operator" },
        { "Spec.Scheduling", Needing(NodeOperator.NotIn, "a", "b"), "", "" },
        { "Spec.Scheduling", Needing(NodeOperator.Lt, "1"), "", "" },
        { "Spec.Scheduling", Needing(NodeOperator.DoesNotExist), "", "" },
        { "Spec.Scheduling", new SchedulingSpec { TopologySpreadConstraints = [new() { TopologyKey = "zone", MaxSkew = 0 }] }, "spec.scheduling.topologySpreadConstraints[0].maxSkew", "must be from 1 to 1000" },
        { "Spec.ServiceAccountName", "A", "spec.serviceAccountName", "must consist of lower case letters" },
        { "Spec.Pod", new PodSpec { Labels = Map("team", "a b") }, "spec.pod.labels.team", "must consist of letters" },
        { "Spec.Pod", new PodSpec { Labels = Map("a b", "c") }, "spec.pod.labels", "has a key that no label can have" },
        { "Spec.Pod", new PodSpec { Labels = Map("app.kubernetes.io/name", "c") }, "spec.pod.labels", "has a key that is not yours; leave out those that begin with inheritune.dev/" },
        { "Spec.Pod", new PodSpec { Annotations = Map("inheritune.dev/manifest", "{}") }, "spec.pod.annotations", "has a key that is not yours" },
        { "Spec.Pod", new PodSpec { Annotations = Map("team", new string('a', 1025)) }, "spec.pod.annotations.team", "must have at most 1024 characters" },
        { "Spec.Pod", new PodSpec { Annotations = Map("example.com/note", "all of this: {}") }, "", "" },
        { "Spec.Pod", new PodSpec { Env = [new() { Name = "a-b", Value = "" }] }, "spec.pod.env[0].name", "must be a variable's name, such as HTTPS_PROXY" },
        { "Spec.Pod", new PodSpec { Env = [new() { Name = "INHERITUNE_CACHE", Value = "/x" }] }, "spec.pod.env", "has a variable that is the operator's" },
        { "Spec.Pod", new PodSpec { Env = [new() { Name = "HOME", Value = "/x" }] }, "spec.pod.env", "has a variable that is the operator's" },
        { "Spec.Pod", new PodSpec { Env = [new() { Name = "A" }] }, "spec.pod.env", "without exactly one of value and valueFrom" },
        { "Spec.Pod", new PodSpec { Env = [new() { Name = "A", ValueFrom = new() }] }, "spec.pod.env", "without exactly one of secretKeyRef and configMapKeyRef" },
        { "Spec.Pod", new PodSpec { Env = [new() { Name = "A", ValueFrom = new() { SecretKeyRef = new() { Name = "a" } } }] }, "spec.pod.env[0].valueFrom.secretKeyRef.key", "is required" },
        { "Spec.Pod", new PodSpec { Env = [new() { Name = "A", Value = "" }] }, "", "" },
        { "Spec.Pod", new PodSpec { EnvFrom = [new()] }, "spec.pod.envFrom", "without exactly one of secretRef and configMapRef" },
        { "Spec.Pod", new PodSpec { Data = new() }, "spec.pod.data", "give exactly one of" },
        { "Spec.Pod", new PodSpec { Data = new() { ClaimName = "a", Image = "b" } }, "spec.pod.data", "give exactly one of" },
        { "Spec.Pod", new PodSpec { Data = new() { ClaimName = "a" } }, "", "" },
        { "Spec.Preflight", new PreflightSpec { NodeSelector = Map("a b", "c") }, "spec.preflight.nodeSelector", "has a key that no label can have" },
        { "Spec.Preflight", new PreflightSpec { Tolerations = [new()] }, "spec.preflight.tolerations", "without a key" },
        { "Spec.Preflight", new PreflightSpec { Memory = "1" }, "spec.preflight.memory", "must be a number of bytes" },
    };

    [Theory]
    [MemberData(nameof(Mutations))]
    public void Broken_rule_names_field_and_remedy(string property, object? value, string field, string message)
    {
        var run = Run();
        Set(run, property, value);
        Expect(run, field, message);
    }

    public static TheoryData<string, object?, string, string> ScratchMutations => new()
    {
        { "Spec.Inherit", new InheritSpec { Layers = 1 }, "spec.inherit", "belongs to a reference" },
        { "Spec.Architecture.Heads", 6, "spec.architecture.heads", "must divide spec.architecture.hiddenSize" },
        { "Spec.Architecture.KeyValueHeads", 3, "spec.architecture.keyValueHeads", "must divide spec.architecture.heads" },
        { "Spec.Architecture.KeyValueHeads", 4, "", "" },
        { "Spec.Architecture.Heads", 64, "spec.architecture.heads", "even number of channels" },
        { "Spec.Architecture.Family", ModelFamily.GPT2, "spec.architecture.keyValueHeads", "must be left out" },
        { "Spec.Training.SequenceLength", 1025, "spec.training.sequenceLength", "must not exceed spec.architecture.contextLength" },
        { "Spec.Training.SequenceLength", 1024, "", "" },
    };

    [Theory]
    [MemberData(nameof(ScratchMutations))]
    public void Broken_rule_of_an_architecture_names_field_and_remedy(string property, object? value, string field, string message)
    {
        var run = Scratch();
        Set(run, property, value);
        Expect(run, field, message);
    }

    [Fact]
    public void Run_without_reference_and_architecture_is_refused()
    {
        var run = Run();
        Set(run, "Spec.Reference", null);
        Set(run, "Spec.Inherit", null);
        Expect(run, "spec.reference", "give either a reference");
    }

    [Fact]
    public void Held_out_tokens_beside_validation_data_are_refused()
    {
        var run = Run();
        Set(run, "Spec.Dataset.ValidationTokens", 5L);
        Set(run, "Spec.Dataset.ValidationUri", "/v");
        Expect(run, "spec.dataset.validationTokens", "has no effect beside");
    }

    [Fact]
    public void Everything_is_reported_and_long_values_are_cut()
    {
        var run = Run();
        Set(run, "Spec.Training.Steps", 0);
        Set(run, "Metadata.Name", "A\n" + new string('b', 5000));
        var errors = InheritRunValidator.Validate(run);
        Assert.Equal(["metadata.name", "spec.training.steps"], errors.Select(error => error.Field));
        Assert.Equal("A " + new string('b', 78) + "...", errors[0].Value);
    }

    private static SchedulingSpec Needing(NodeOperator how, params string[] values) => new() { NodeAffinity = [new() { Key = "gpu", Operator = how, Values = values }] };

    private static Dictionary<string, string> Map(string key, string value) => new() { [key] = value };

    private static SchedulingSpec Tolerating(string? key = null, string? value = null, TolerationOperator? op = null, TaintEffect? effect = null, long? seconds = null) =>
        new() { Tolerations = [new Toleration { Key = key, Value = value, Operator = op, Effect = effect, TolerationSeconds = seconds }] };

    private static void Expect(InheritRun run, string field, string message)
    {
        var errors = InheritRunValidator.Validate(run);
        if (field.Length == 0)
        {
            Assert.Empty(errors);
            return;
        }

        var error = Assert.Single(errors);
        Assert.Equal(field, error.Field);
        Assert.Contains(message, error.Message);
    }

    private static void Set(object node, string path, object? value)
    {
        var names = path.Split('.');
        foreach (var name in names[..^1]) node = node.GetType().GetProperty(name)!.GetValue(node)!;
        node.GetType().GetProperty(names[^1])!.SetValue(node, value);
    }

    private static InheritRun Run() => new()
    {
        ApiVersion = ApiGroup.ApiVersion,
        Kind = ApiGroup.Kind,
        Metadata = new ObjectMeta { Name = "run" },
        Spec = new InheritRunSpec
        {
            Reference = new ReferenceSpec { Uri = "s3://models/gpt2" },
            Inherit = new InheritSpec { Layers = 6 },
            Dataset = new DatasetSpec { Uri = "file:///data" },
            Output = new OutputSpec { Uri = "out" },
            Training = new TrainingSpec { Steps = 10 },
        },
    };

    private static InheritRun Scratch() => new()
    {
        ApiVersion = ApiGroup.ApiVersion,
        Kind = ApiGroup.Kind,
        Metadata = new ObjectMeta { Name = "run" },
        Spec = new InheritRunSpec
        {
            Architecture = new ArchitectureSpec { Family = ModelFamily.Llama, Layers = 2, HiddenSize = 64, Heads = 4, KeyValueHeads = 2 },
            Dataset = new DatasetSpec { Uri = "/data" },
            Output = new OutputSpec { Uri = "out" },
            Training = new TrainingSpec { Steps = 10 },
        },
    };
}
