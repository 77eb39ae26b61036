using System.Text;
using Inheritune.Api;
using Inheritune.Trainer.Manifests;

namespace Inheritune.Trainer.Tests.Manifests;

public sealed class ManifestReaderTests : IDisposable
{
    /// <summary>Line 1 is apiVersion, line 5 reference, line 9 training, line 10 steps.</summary>
    private const string Valid = """
        apiVersion: inheritune.dev/v1alpha1
        kind: InheritRun
        metadata: {name: medium-6}
        spec:
          reference: {uri: models/gpt2}
          inherit: {layers: 6}
          dataset: {uri: "s3://corpora/owt"}
          output: {uri: /runs/medium-6}
          training:
            steps: 100
            learningRate: "3e-4"
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("manifest-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Valid_manifest_is_bound_with_its_defaults()
    {
        var run = Parse(Valid);
        Assert.Equal("medium-6", run.Metadata.Name);
        Assert.Equal(6, run.Spec.Inherit!.Layers);
        Assert.Equal([BlockPart.Attention, BlockPart.MLP, BlockPart.Norms], run.Spec.Inherit.Parts);
        Assert.Equal(100, run.Spec.Training.Steps);
        Assert.Equal(1337, run.Spec.Training.Seed);
        Assert.Null(run.Spec.Training.Tokens);
    }

    [Fact]
    public void Relative_paths_are_resolved_against_the_folder_of_the_file_and_those_of_set_against_the_current_one()
    {
        var path = Write("run.yaml", Encoding.UTF8.GetBytes(Valid));
        var run = ManifestReader.Read(path, ["output.uri=out/x", "dataset.validationUri=file:///v"]);
        Assert.Equal(Path.Combine(_folder, "models/gpt2"), run.Spec.Reference!.Uri);
        Assert.Equal(Path.Combine(Directory.GetCurrentDirectory(), "out/x"), run.Spec.Output.Uri);
        Assert.Equal("s3://corpora/owt", run.Spec.Dataset.Uri);
        Assert.Equal("file:///v", run.Spec.Dataset.ValidationUri);
    }

    [Theory]
    [InlineData("8", "8")]
    [InlineData("0x8", "8")]
    [InlineData("\"8\"", "8")]
    [InlineData("500m", "500m")]
    public void Processors_may_be_a_number(string written, string read) =>
        Assert.Equal(read, Parse(Valid.Replace("  training:", $"  resources: {{cpu: {written}}}\n  training:", StringComparison.Ordinal)).Spec.Resources.Cpu);

    [Fact]
    public void What_a_cluster_adds_is_ignored()
    {
        var run = Parse(Valid.Replace("{name: medium-6}", "{name: medium-6, uid: 1-2, generation: 3, creationTimestamp: null, labels: {team: a}, annotations: null, managedFields: [{manager: m}]}") + "\nstatus: {phase: [1]}\n");
        Assert.Equal("a", run.Metadata.Labels["team"]);
    }

    [Fact]
    public void Documents_of_other_kinds_are_for_a_cluster() =>
        Assert.Equal("medium-6", Parse($"kind: Secret\n---\n{Valid}\n---\nkind: ConfigMap\n").Metadata.Name);

    [Theory]
    [InlineData("1_000", 1000)]
    [InlineData("0x3E8", 1000)]
    [InlineData("1e3", 1000)]
    [InlineData("1000.0", 1000)]
    [InlineData("+7", 7)]
    public void Numbers_are_read_as_kubectl_reads_them(string written, int expected) =>
        Assert.Equal(expected, Parse(Valid.Replace("steps: 100", $"steps: {written}")).Spec.Training.Steps);

    [Theory]
    [InlineData("true", true)]
    [InlineData("yes", true)]
    [InlineData("On", true)]
    [InlineData("FALSE", false)]
    [InlineData("n", false)]
    public void Truth_is_read_as_kubectl_reads_it(string written, bool expected)
    {
        Assert.Equal(expected, Parse(Valid + $"\n  suspend: {written}").Spec.Suspend);
        Assert.Equal(expected, Parse(Valid, $"suspend={written}").Spec.Suspend);
    }

    [Fact]
    public void What_only_a_cluster_uses_is_read_and_has_defaults()
    {
        var run = Parse(Valid + """

              suspend: true
              retry: {backoffLimit: 0}
              deadlines: {startDeadlineSeconds: 3600, activeDeadlineSeconds: 86400, progressTimeoutSeconds: 1200}
              ttlSecondsAfterFinished: 0
              resources: {gpuResourceName: nvidia.com/mig-3g.40gb, cpu: "8"}
              scheduling: {nodeSelector: {pool: a100}, tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}], priorityClassName: low, runtimeClassName: nvidia}
              image: registry.example/trainer:1
              storage: {credentialsSecretRef: {name: minio}, caBundleRef: {name: minio-ca}}
            """);
        Assert.Equal(0, run.Spec.Retry.BackoffLimit);
        Assert.Equal(1200, run.Spec.Deadlines.ProgressTimeoutSeconds);
        Assert.Equal(("8", "16Gi"), (run.Spec.Resources.Cpu, run.Spec.Resources.Memory));
        Assert.Equal(TaintEffect.NoSchedule, run.Spec.Scheduling!.Tolerations.Single().Effect);
        Assert.Equal("ca.crt", run.Spec.Storage.CaBundleRef!.Key);
        Assert.False(Parse(Valid).Spec.Suspend);
        Assert.Equal(3, Parse(Valid).Spec.Retry.BackoffLimit);
    }

    [Fact]
    public void Anchors_aliases_and_merge_keys_are_followed()
    {
        var run = Parse(Valid.Replace("output: {uri: /runs/medium-6}", "output: &o {uri: /a, precision: BFloat16}")
            .Replace("dataset: {uri: \"s3://corpora/owt\"}", "evaluation: &e {everySteps: 5}")
            + "\n  dataset:\n    uri: &d /data\n    validationUri: *d\n");
        Assert.Equal("/data", run.Spec.Dataset.ValidationUri);
        Assert.Equal(5, run.Spec.Evaluation.EverySteps);
        run = Parse(Valid.Replace("metadata: {name: medium-6}", "metadata: {name: a, labels: &l {x: \"1\", y: b}, annotations: {<<: *l, y: c}}"));
        Assert.Equal([new("x", "1"), new("y", "c")], run.Metadata.Annotations.OrderBy(pair => pair.Key));
    }

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "  training:", "  traning:", "run.yaml:9: spec.traning: unknown field; did you mean 'training'?" },
        { "steps: 100", "stpes: 100", "run.yaml:10: spec.training.stpes: unknown field; did you mean 'steps'?" },
        { "{uri: models/gpt2}", "{uri: m, revision: main}", "run.yaml:5: spec.reference.revision: unknown field; known fields: uri" },
        { "\"3e-4\"", "3e-4", "run.yaml:11: spec.training.learningRate: '3e-4' is a number, and this field holds text; write \"3e-4\" in quotes" },
        { "\"3e-4\"", "'fast'", "run.yaml:11: spec.training.learningRate: 'fast' must be a decimal number, such as \"0.1\" or \"3e-4\"" },
        { "\"3e-4\"", "''", "run.yaml:11: spec.training.learningRate: must be a decimal number" },
        { "models/gpt2", "yes", "run.yaml:5: spec.reference.uri: 'yes' is a boolean, and this field holds text; write \"yes\" in quotes" },
        { "steps: 100", "steps: many", "run.yaml:10: spec.training.steps: 'many' is not a whole number" },
        { "steps: 100", "steps: \"100\"", "run.yaml:10: spec.training.steps: '100' is text, and this field holds a number; write 100 without quotes" },
        { "steps: 100", "steps: !!str 100", "run.yaml:10: spec.training.steps: '100' is text" },
        { "steps: 100", "steps: 1.5", "run.yaml:10: spec.training.steps: '1.5' is not a whole number" },
        { "steps: 100", "steps: 0100", "run.yaml:10: spec.training.steps: '0100' is not a whole number" },
        { "steps: 100", "steps: true", "run.yaml:10: spec.training.steps: 'true' is not a whole number" },
        { "steps: 100", "steps:", "run.yaml:10: spec.training.steps: has no value; give it one or remove the field" },
        { "steps: 100", "steps: 3000000000", "run.yaml:10: spec.training.steps: '3000000000' does not fit; the field holds numbers up to 2147483647" },
        { "steps: 100", "tokens: 9223372036854775808", "run.yaml:10: spec.training.tokens: '9223372036854775808' does not fit; the field holds numbers up to 9223372036854775807" },
        { "steps: 100", "steps: 0", "run.yaml:10: spec.training.steps: '0' must be from 1 to 100000000" },
        { "steps: 100", "steps: [100]", "run.yaml:10: spec.training.steps: must be a whole number, not a list" },
        { "steps: 100", "steps: 100\n    steps: 200", "run.yaml:11: spec.training.steps: is given twice, first on line 10; remove one" },
        { "  training:", "  suspend: \"true\"\n  training:", "run.yaml:9: spec.suspend: 'true' is text, and this field is true or false; write true without quotes" },
        { "  training:", "  suspend: 1\n  training:", "run.yaml:9: spec.suspend: '1' is neither true nor false; write one of them" },
        { "  training:", "  suspend: [true]\n  training:", "run.yaml:9: spec.suspend: must be true or false, not a list" },
        { "  training:", "  resources: {cpu: 0.5}\n  training:", "run.yaml:9: spec.resources.cpu: '0.5' is a number, and this field holds text; write \"0.5\" in quotes" },
        { "  training:", "  resources: {cpu: 0}\n  training:", "run.yaml:9: spec.resources.cpu: '0' must be a number of CPUs, such as \"4\" or \"500m\"" },
        { "  training:", "  resources: {memory: 16}\n  training:", "run.yaml:9: spec.resources.memory: '16' must be a number of bytes with its unit; write 16Gi" },
        { "  training:", "  resources: {memory: 2GB}\n  training:", "run.yaml:9: spec.resources.memory: '2GB' must be a number of bytes with its unit; write 2Gi" },
        { "  training:", "  pod: {env: [{name: A, value: 1}]}\n  training:", "run.yaml:9: spec.pod.env[0].value: '1' is a number, and this field holds text; write \"1\" in quotes" },
        { "  training:", "  scheduling: {tolerations: [{key: a, effect: Never}]}\n  training:", "run.yaml:9: spec.scheduling.tolerations[0].effect: 'Never' is not a known value; known values: NoSchedule" },
        { "  training:", "  scheduling: {tolerations: [gpu]}\n  training:", "run.yaml:9: spec.scheduling.tolerations[0]: 'gpu' must be an object with the fields key" },
        { "  training:", "  scheduling: {nodeSelector: {a.b/c: _}}\n  training:", "run.yaml:9: spec.scheduling.nodeSelector.a.b/c: '_' must consist of letters" },
        { "steps: 100", "seed: 1", "run.yaml:10: spec.training.steps: give exactly one of spec.training.steps and spec.training.tokens" },
        { "{layers: 6}", "{layers: 6, policy: paper}", "run.yaml:6: spec.inherit.policy: 'paper' is not a known value; did you mean 'Paper'?" },
        { "{layers: 6}", "{layers: 6, policy: 3}", "run.yaml:6: spec.inherit.policy: '3' is not a known value; known values: Paper, Repository, Random" },
        { "{layers: 6}", "{layers: 6, parts: MLP}", "run.yaml:6: spec.inherit.parts: 'MLP' must be a list, such as [a, b], not a single value" },
        { "{layers: 6}", "{layers: 6, parts: []}", "run.yaml:6: spec.inherit.parts: '[]' must have at least 1 entry" },
        { "{layers: 6}", "{layers: 6, parts: [MLP, Attn]}", "run.yaml:6: spec.inherit.parts[1]: 'Attn' is not a known value; known values: Attention, MLP, Norms" },
        { "{layers: 6}", "{policy: Paper}", "run.yaml:6: spec.inherit.layers: is required; number of blocks n" },
        { "{layers: 6}", "[layers, 6]", "run.yaml:6: spec.inherit: must be an object with the fields layers, policy, parts, not a list" },
        { "  inherit: {layers: 6}\n", "", "run.yaml:5: spec.inherit: belongs to a reference" },
        { "  output: {uri: /runs/medium-6}\n", "", "run.yaml:5: spec.output: is required; where the model, the report and the checkpoints go" },
        { "{name: medium-6}", "{name: Medium_6}", "run.yaml:3: metadata.name: 'Medium_6' must consist of lower case letters" },
        { "{name: medium-6}", "{name: m, labels: {a: 1}}", "run.yaml:3: metadata.labels.a: '1' is a number, and this field holds text; write \"1\" in quotes" },
        { "kind: InheritRun", "kind: Job", "run.yaml:2: kind: 'Job' must be InheritRun" },
        { "kind: InheritRun\n", "", "run.yaml:1: kind: is required; write kind: InheritRun" },
        { "steps: 100", "steps: *x", "run.yaml:10:12: not valid YAML: no anchor &x stands before *x" },
        { "steps: 100", "steps: !!int 100", "run.yaml:10:12: not valid YAML: the tag tag:yaml.org,2002:int is not supported; leave it out" },
        { "    steps: 100", "\tsteps: 100", "not valid YAML" },
        { "    steps: 100", "\tsteps: 100", "line 10 is indented with a tab, use spaces" },
        { "{layers: 6}", "{layers: 6", "not valid YAML" },
        { "\"3e-4\"", "\"3e-4\"\n---\nkind: InheritRun", "run.yaml:13: a second document begins here; keep one InheritRun in a file" },
        { "\"3e-4\"", "\"3e-4\"\n---\nspec: {}", "run.yaml:13: a second document begins here; keep one InheritRun in a file" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Mistake_is_told_with_place_field_value_and_remedy(string correct, string wrong, string expected)
    {
        Assert.Contains(correct, Valid);
        var error = Assert.Throws<RunException>(() => Parse(Valid.Replace(correct, wrong)));
        Assert.Equal(ExitCode.InvalidInput, error.Code);
        Assert.Contains(expected, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void All_mistakes_are_told_at_once_in_the_order_of_the_file()
    {
        var error = Assert.Throws<RunException>(() => Parse(
            Valid.Replace("{layers: 6}", "{layers: 0}").Replace("steps: 100", "steps: abc").Replace("\"3e-4\"", "3e-4").Replace("output:", "ouput:"), "training.sed=3"));
        Assert.Equal(
            ["run.yaml:5", "run.yaml:6", "run.yaml:8", "run.yaml:10", "run.yaml:11", "--set training.sed=3"],
            error.Message.Split('\n').Select(line => line[..line.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Theory]
    [InlineData("", "run.yaml: is empty; a manifest begins with apiVersion")]
    [InlineData("# nothing\n---\n", "run.yaml: is empty")]
    [InlineData("- a\n", "run.yaml:1: must be an object with the fields apiVersion, kind, metadata and spec")]
    [InlineData("a: &a [*a]\n", "no anchor &a")]
    [InlineData("? [a]\n: b\n", "the name of a field must be text")]
    public void Text_that_is_no_manifest_is_refused(string yaml, string expected) =>
        Assert.Contains(expected, Assert.Throws<RunException>(() => Parse(yaml)).Message);

    [Fact]
    public void Deep_nesting_is_refused_instead_of_overflowing_the_stack() =>
        Assert.Contains("nested deeper", Assert.Throws<RunException>(() => Parse(new string('[', 100_000))).Message);

    [Fact]
    public void Files_that_cannot_be_manifests_are_refused()
    {
        Refused(Path.Combine(_folder, "absent.yaml"), "no such file");
        Refused(Path.Combine(_folder, "absent", "run.yaml"), "no such file");
        Refused(_folder, "is a folder");
        Refused(Write("latin1.yaml", [.. Encoding.UTF8.GetBytes(Valid), (byte)'#', 0xE4]), "is not UTF-8 text");
        Refused(Write("utf16.yaml", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Valid)]), "is not UTF-8 text");
        Refused(Write("large.yaml", new byte[(1 << 20) + 1]), "larger than 1 MiB");
        Assert.NotNull(ManifestReader.Read(Write("bom.yaml", [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Valid)]), []));

        static void Refused(string path, string expected)
        {
            var message = Assert.Throws<RunException>(() => ManifestReader.Read(path, [])).Message;
            Assert.StartsWith(path + ": ", message);
            Assert.Contains(expected, message);
        }
    }

    [Fact]
    public void Set_binds_by_the_type_of_the_field()
    {
        var run = Parse(Valid, "training.learningRate=1e-3", "spec.training.seed=7", "metadata.name=other", "metadata.labels.app.kubernetes.io/name=x=y",
            "inherit.parts=MLP,Norms", "inherit.policy=Repository", @"report.prompts=Once\, there,2", "checkpoint.everySteps=5", "training.seed=8");
        Assert.Equal("1e-3", run.Spec.Training.LearningRate);
        Assert.Equal(8, run.Spec.Training.Seed);
        Assert.Equal("other", run.Metadata.Name);
        Assert.Equal("x=y", run.Metadata.Labels["app.kubernetes.io/name"]);
        Assert.Equal([BlockPart.MLP, BlockPart.Norms], run.Spec.Inherit!.Parts);
        Assert.Equal(InheritPolicy.Repository, run.Spec.Inherit.Policy);
        Assert.Equal(["Once, there", "2"], run.Spec.Report.Prompts);
        Assert.Equal(5, run.Spec.Checkpoint.EverySteps);
    }

    [Fact]
    public void Set_to_nothing_removes_a_field()
    {
        var run = Parse(Valid, "training.steps=", "training.tokens=5", "dataset.maxTokens=", "architecture.layers=");
        Assert.Null(run.Spec.Training.Steps);
        Assert.Equal(5, run.Spec.Training.Tokens);
        Assert.Null(run.Spec.Architecture);
        Assert.NotNull(Parse(Valid, "reference=", "inherit=", "architecture.layers=2", "architecture.hiddenSize=64", "architecture.heads=4").Spec.Architecture);
    }

    [Fact]
    public void Set_mends_a_mistake_of_the_file() =>
        Assert.Equal(9, Parse(Valid.Replace("steps: 100", "steps: abc"), "training.steps=9").Spec.Training.Steps);

    [Theory]
    [InlineData("training.step=5", "--set training.step=5: spec.training.step: unknown field; did you mean 'steps'?")]
    [InlineData("traning.steps=5", "--set traning.steps=5: spec.traning: unknown field; did you mean 'training'?")]
    [InlineData("training.steps", "--set training.steps: training.steps: needs a value; write training.steps=100")]
    [InlineData("training.steps=x", "--set training.steps=x: spec.training.steps: 'x' is not a whole number")]
    [InlineData("training.steps=-1", "--set training.steps=-1: spec.training.steps: '-1' must be from 1 to 100000000")]
    [InlineData("training.steps.x=1", "--set training.steps.x=1: spec.training.steps.x: unknown field; spec.training.steps has no fields")]
    [InlineData("training=1", "--set training=1: spec.training: '1' cannot replace an object; set one of its fields: steps, tokens")]
    [InlineData("=5", "--set =5: spec.: unknown field; known fields: reference")]
    [InlineData("metadata.labels=5", "metadata.labels: '5' must be an object, not a single value")]
    [InlineData("output.uri=", "run.yaml:8: spec.output.uri: is required")]
    public void Wrong_set_is_told_with_its_own_text(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<RunException>(() => Parse(Valid, text)).Message.Replace("--set metadata.labels=5: ", ""));

    private static InheritRun Parse(string yaml, params string[] overrides) => ManifestReader.Parse(yaml, "run.yaml", "/base", overrides);

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
