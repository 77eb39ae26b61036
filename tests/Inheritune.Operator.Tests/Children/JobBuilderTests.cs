using Inheritune.Api;
using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using k8s;
using k8s.Models;
using static Inheritune.Operator.Tests.Children.SomeJobs;

namespace Inheritune.Operator.Tests.Children;

/// <summary>The Jobs, as a server that knows every field stores them.</summary>
public sealed class JobBuilderTests
{
    private const string MetricsPort = "INHERITUNE_METRICS_PORT", Grace = "INHERITUNE_GRACE_SECONDS", Silence = "INHERITUNE_PROGRESS_TIMEOUT_SECONDS";

    [Fact]
    public void A_Job_is_one_attempt_and_the_operator_counts_them()
    {
        Assert.Equal(0, Builder.Preflight(Run()).Spec.BackoffLimit);
        var spec = Builder.Train(Run(), 1, 120).Spec;
        Assert.Equal((0, "Failed"), (spec.BackoffLimit, spec.PodReplacementPolicy));
        Assert.Null(spec.PodFailurePolicy);
        Assert.Null(spec.Suspend);
        Assert.Null(spec.ActiveDeadlineSeconds);
        Assert.Null(spec.TtlSecondsAfterFinished);
    }

    [Fact]
    public void Pods_pass_the_restricted_standard_and_see_no_more_than_they_need()
    {
        foreach (var job in new[] { Builder.Preflight(Run()), Builder.Train(Run(), 3, 120) })
        {
            var pod = job.Spec.Template.Spec;
            var container = Assert.Single(pod.Containers);
            Assert.Equal((true, "RuntimeDefault"), (pod.SecurityContext.RunAsNonRoot, pod.SecurityContext.SeccompProfile.Type));
            Assert.Equal((false, true, "ALL"), (container.SecurityContext.AllowPrivilegeEscalation, container.SecurityContext.ReadOnlyRootFilesystem, Assert.Single(container.SecurityContext.Capabilities.Drop)));
            Assert.Equal("run-605bc29b", pod.ServiceAccountName);
            Assert.Equal(["manifest", "scratch", "credentials"], pod.Volumes.Select(volume => volume.Name));
            Assert.Equal("minio", pod.Volumes[2].Secret.SecretName);
            Assert.Equal(
                ["INHERITUNE_ATTEMPT", "INHERITUNE_CACHE", "INHERITUNE_RUN_NAME", "INHERITUNE_RUN_NAMESPACE", "INHERITUNE_RUN_UID", "INHERITUNE_S3_CREDENTIALS", "INHERITUNE_TERMINATION_LOG"],
                container.Env.Select(variable => variable.Name).Where(name => name.StartsWith("INHERITUNE", StringComparison.Ordinal) && name is not (MetricsPort or Grace or Silence)).Order());
        }
    }

    [Fact]
    public void Only_training_serves_metrics_and_listens_on_the_port_that_it_names()
    {
        var (preflight, train) = (Builder.Preflight(Run()).Spec.Template.Spec.Containers[0], Builder.Train(Run(), 1, 120).Spec.Template.Spec.Containers[0]);
        var port = Assert.Single(train.Ports);
        Assert.Equal(("metrics", $"{port.ContainerPort}"), (port.Name, train.Env.Single(variable => variable.Name == MetricsPort).Value));
        Assert.Null(port.HostPort);
        Assert.Null(preflight.Ports);
        Assert.DoesNotContain(MetricsPort, preflight.Env.Select(variable => variable.Name));
    }

    [Fact]
    public void A_training_pod_has_the_time_to_save_and_knows_it()
    {
        var (preflight, train) = (Builder.Preflight(Run()).Spec.Template.Spec, Builder.Train(Run(), 1, 727).Spec.Template.Spec);
        Assert.Equal((null, 727), (preflight.TerminationGracePeriodSeconds, train.TerminationGracePeriodSeconds));
        Assert.Equal("727", train.Containers[0].Env.Single(variable => variable.Name == Grace).Value);
        Assert.DoesNotContain(Grace, preflight.Containers[0].Env.Select(variable => variable.Name));
    }

    [Theory]
    [InlineData(null, 300, "1800")]
    [InlineData(null, 3600, "10800")]
    [InlineData(90, 3600, "90")]
    public void A_training_pod_is_asked_whether_it_gets_on_and_knows_for_how_long_it_may_not(int? limit, int everySeconds, string silence)
    {
        var run = Run();
        run.Spec = new() { Checkpoint = new() { EverySeconds = everySeconds }, Deadlines = new() { ProgressTimeoutSeconds = limit } };
        var (preflight, train) = (Builder.Preflight(run).Spec.Template.Spec.Containers[0], Builder.Train(run, 1, 120).Spec.Template.Spec.Containers[0]);
        Assert.Equal(silence, train.Env.Single(variable => variable.Name == Silence).Value);
        Assert.DoesNotContain(Silence, preflight.Env.Select(variable => variable.Name));
        Assert.Equal((null, null), (preflight.LivenessProbe, preflight.StartupProbe));
        foreach (var probe in new[] { train.LivenessProbe, train.StartupProbe }) Assert.Equal(("/healthz", "metrics"), (probe.HttpGet.Path, probe.HttpGet.Port.Value));
        // A node that fetches an image piece by piece may take long to the first answer; later one is missing only where something hangs.
        Assert.Equal(1800, train.StartupProbe.PeriodSeconds * train.StartupProbe.FailureThreshold);
        Assert.Equal(300, train.LivenessProbe.PeriodSeconds * train.LivenessProbe.FailureThreshold);
    }

    [Fact]
    public void Images_are_fetched_with_the_Secrets_of_the_run_and_of_the_operator()
    {
        Assert.Null(Builder.Train(Run(), 1, 120).Spec.Template.Spec.ImagePullSecrets);
        var builder = new JobBuilder("registry.example/trainer:1", new() { PullSecrets = ["registry", "mirror"] });
        foreach (var pod in Pods(Run(), builder)) Assert.Equal(["registry", "mirror"], pod.Spec.ImagePullSecrets.Select(secret => secret.Name));
        foreach (var pod in Pods(Run(new() { ImagePullSecrets = [new() { Name = "team" }, new() { Name = "mirror" }] }), builder))
            Assert.Equal(["team", "mirror", "registry"], pod.Spec.ImagePullSecrets.Select(secret => secret.Name));
    }

    [Fact]
    public void Variables_of_the_user_come_first_and_those_of_the_operator_count()
    {
        var given = new PodSpec
        {
            Env =
            [
                new() { Name = "HTTPS_PROXY", Value = "http://proxy:3128" }, new() { Name = "INHERITUNE_CACHE", Value = "/tmp" },
                new() { Name = "TOKEN", ValueFrom = new() { SecretKeyRef = new() { Name = "hub", Key = "token" } } },
                new() { Name = "PLACE", ValueFrom = new() { ConfigMapKeyRef = new() { Name = "site", Key = "place" } } },
            ],
            EnvFrom = [new() { SecretRef = new() { Name = "all" } }, new() { ConfigMapRef = new() { Name = "site" } }],
        };
        foreach (var pod in Pods(Run(given)))
        {
            var container = pod.Spec.Containers[0];
            var variables = container.Env.GroupBy(variable => variable.Name).ToDictionary(group => group.Key, group => group.Last());
            Assert.Equal(("http://proxy:3128", "/scratch/cache"), (variables["HTTPS_PROXY"].Value, variables["INHERITUNE_CACHE"].Value));
            Assert.Equal(("hub", "token"), (variables["TOKEN"].ValueFrom.SecretKeyRef.Name, variables["TOKEN"].ValueFrom.SecretKeyRef.Key));
            Assert.Equal(("site", "place"), (variables["PLACE"].ValueFrom.ConfigMapKeyRef.Name, variables["PLACE"].ValueFrom.ConfigMapKeyRef.Key));
            Assert.Equal(["all", null], container.EnvFrom.Select(from => from.SecretRef?.Name));
            Assert.Equal([null, "site"], container.EnvFrom.Select(from => from.ConfigMapRef?.Name));
        }

        Assert.All(Pods(Run()), pod => Assert.Null(pod.Spec.Containers[0].EnvFrom));
    }

    [Fact]
    public void Preflight_has_an_image_memory_and_nodes_of_its_own()
    {
        Assert.Equal(["registry.example/trainer:1", "registry.example/trainer:1"], Images(Run(), Builder));
        var small = new JobBuilder("registry.example/trainer:1", new() { PreflightImage = "registry.example/trainer:1-cpu" });
        Assert.Equal(["registry.example/trainer:1-cpu", "registry.example/trainer:1"], Images(Run(), small));
        // Who trains with an image of their own looks with it, unless they say otherwise.
        Assert.Equal(["team/trainer:7", "team/trainer:7"], Images(Run(image: "team/trainer:7"), small));
        var run = Run(image: "team/trainer:7", preflight: new()
        {
            Image = "team/trainer:7-cpu", Memory = "3Gi", NodeSelector = Map("pool", "cpu"), Tolerations = [new() { Key = "cpu", Operator = TolerationOperator.Exists }],
        });
        Assert.Equal(["team/trainer:7-cpu", "team/trainer:7"], Images(run, small));

        var (preflight, train) = (small.Preflight(run).Spec.Template.Spec, small.Train(run, 1, 120).Spec.Template.Spec);
        var resources = preflight.Containers[0].Resources;
        Assert.Equal(("3Gi", "3Gi"), (resources.Requests["memory"].ToString(), resources.Limits["memory"].ToString()));
        Assert.Equal(("cpu", "cpu"), (preflight.NodeSelector["pool"], Assert.Single(preflight.Tolerations).Key));
        Assert.Equal(("a100", "gpu"), (train.NodeSelector["pool"], Assert.Single(train.Tolerations).Key));

        static IEnumerable<string> Images(V1Alpha1InheritRun run, JobBuilder builder) => Pods(run, builder).Select(pod => pod.Spec.Containers[0].Image);
    }

    [Fact]
    public void Preflight_puts_up_with_what_the_training_does_unless_it_says_otherwise()
    {
        Assert.Equal(["gpu"], Builder.Preflight(Run()).Spec.Template.Spec.Tolerations.Select(toleration => toleration.Key));
        Assert.Empty(Builder.Preflight(Run(preflight: new() { Tolerations = [] })).Spec.Template.Spec.Tolerations);
        Assert.Single(Builder.Preflight(Run(preflight: new())).Spec.Template.Spec.Tolerations);
    }

    [Fact]
    public void Pods_ask_for_nodes_that_their_image_is_made_for_unless_the_user_names_others()
    {
        foreach (var pod in Pods(Run())) Assert.Equal(("linux", "amd64"), (pod.Spec.NodeSelector["kubernetes.io/os"], pod.Spec.NodeSelector["kubernetes.io/arch"]));
        var run = Run(selector: Map("kubernetes.io/arch", "arm64"), preflight: new() { NodeSelector = Map("kubernetes.io/arch", "riscv64") });
        Assert.Equal(["linux riscv64", "linux arm64"], Pods(run).Select(pod => $"{pod.Spec.NodeSelector["kubernetes.io/os"]} {pod.Spec.NodeSelector["kubernetes.io/arch"]}"));
    }

    [Fact]
    public void Users_and_groups_are_left_to_a_cluster_that_gives_them()
    {
        foreach (var pod in Pods(Run())) Assert.Equal((65532L, 65532L, 65532L), (pod.Spec.SecurityContext.RunAsUser, pod.Spec.SecurityContext.RunAsGroup, pod.Spec.SecurityContext.FsGroup));
        foreach (var pod in Pods(Run(), new JobBuilder("trainer", new() { PlatformSecurity = true })))
        {
            Assert.Equal("""{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}""", KubernetesJson.Serialize(pod.Spec.SecurityContext));
            Assert.Equal("ALL", Assert.Single(pod.Spec.Containers[0].SecurityContext.Capabilities.Drop));
        }
    }

    [Fact]
    public void Only_training_asks_for_a_GPU_and_its_node()
    {
        var (preflight, train) = (Builder.Preflight(Run()).Spec.Template.Spec, Builder.Train(Run(), 1, 120).Spec.Template.Spec);
        Assert.Equal(["memory", "nvidia.com/gpu"], train.Containers[0].Resources.Limits.Keys.Order());
        Assert.Equal(["cpu", "ephemeral-storage", "memory", "nvidia.com/gpu"], train.Containers[0].Resources.Requests.Keys.Order());
        Assert.Equal(("nvidia", "a100"), (train.RuntimeClassName, train.NodeSelector["pool"]));
        Assert.Equal(["cpu", "memory"], preflight.Containers[0].Resources.Requests.Keys.Order());
        Assert.DoesNotContain("pool", preflight.NodeSelector.Keys);
        Assert.Null(preflight.RuntimeClassName);
    }

    [Fact]
    public void Pods_with_limited_processors_are_guaranteed_theirs()
    {
        foreach (var pod in Pods(Run(limitCpu: true)))
        {
            var resources = pod.Spec.Containers[0].Resources;
            foreach (var name in new[] { "cpu", "memory" }) Assert.Equal($"{resources.Requests[name]}", $"{resources.Limits[name]}");
        }

        Assert.Equal("4", Builder.Train(Run(limitCpu: true), 1, 120).Spec.Template.Spec.Containers[0].Resources.Limits["cpu"].ToString());
        foreach (var pod in Pods(Run())) Assert.DoesNotContain("cpu", pod.Spec.Containers[0].Resources.Limits.Keys);
    }

    [Fact]
    public void Labels_for_Kueue_pass_and_no_others()
    {
        foreach (var job in new[] { Builder.Preflight(Run()), Builder.Train(Run(), 1, 120) })
        {
            Assert.Equal(("team-a", "high"), (job.Labels()["kueue.x-k8s.io/queue-name"], job.Labels()["kueue.x-k8s.io/priority-class"]));
            Assert.DoesNotContain("app.kubernetes.io/instance", job.Labels().Keys);
        }
    }

    [Theory]
    [InlineData("a-preflight", "a")]
    [InlineData("a-train", "a")]
    [InlineData("a-train-12", "a")]
    [InlineData("a-train-train", "a-train")]
    [InlineData("a-train-2-train", "a-train-2")]
    [InlineData("a-train-2-preflight", "a-train-2")]
    [InlineData("a", null)]
    [InlineData("-train", null)]
    public void Jobs_are_found_by_their_names(string job, string? run) => Assert.Equal(run, ChildNames.RunOf(job));

    [Fact]
    public void Successor_of_a_Job_that_cannot_end_is_named_by_its_attempt()
    {
        var run = Run();
        Assert.Equal(("run-train", "run-train-12"), (Builder.Train(run, 12, 120).Name(), Builder.Train(run, 12, 120, isSuccessor: true).Name()));
        Assert.True(ChildNames.IsTrain(run, "run-train") && ChildNames.IsTrain(run, "run-train-12"));
        Assert.False(ChildNames.IsTrain(run, "run-train-train") || ChildNames.IsTrain(run, "run-preflight") || ChildNames.IsTrain(run, "run-train-12-train"));
    }
}
