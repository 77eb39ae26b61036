using Inheritune.Api;
using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Tests.Children;

/// <summary>The Jobs, as a server that knows every field stores them.</summary>
public sealed class JobBuilderTests
{
    private const string MetricsPort = "INHERITUNE_METRICS_PORT", Grace = "INHERITUNE_GRACE_SECONDS";

    private static readonly JobBuilder Builder = new("registry.example/trainer:1");

    [Fact]
    public void Failure_policy_ignores_disruptions_and_ends_with_permanent_faults()
    {
        var spec = Builder.Train(Run(), 1, 120).Spec;
        Assert.Equal("Failed", spec.PodReplacementPolicy);
        Assert.Equal(3, spec.BackoffLimit);
        Assert.Equal(
            """[{"action":"Ignore","onPodConditions":[{"status":"True","type":"DisruptionTarget"}]},{"action":"FailJob","onExitCodes":{"containerName":"trainer","operator":"In","values":[20,21,22,23,24,25,26,27,28,29]}},{"action":"Count","onExitCodes":{"containerName":"trainer","operator":"NotIn","values":[0]}}]""",
            KubernetesJson.Serialize(spec.PodFailurePolicy.Rules));
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
                ["INHERITUNE_ATTEMPT", "INHERITUNE_CACHE", "INHERITUNE_RUN_NAME", "INHERITUNE_RUN_NAMESPACE", "INHERITUNE_S3_CREDENTIALS", "INHERITUNE_TERMINATION_LOG"],
                container.Env.Select(variable => variable.Name).Where(name => name.StartsWith("INHERITUNE", StringComparison.Ordinal) && name is not (MetricsPort or Grace)).Order());
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

    [Fact]
    public void Images_are_fetched_with_the_Secrets_that_the_operator_was_told_of()
    {
        Assert.Null(Builder.Train(Run(), 1, 120).Spec.Template.Spec.ImagePullSecrets);
        var builder = new JobBuilder("registry.example/trainer:1", "registry", "mirror");
        foreach (var job in new[] { builder.Preflight(Run()), builder.Train(Run(), 1, 120) })
            Assert.Equal(["registry", "mirror"], job.Spec.Template.Spec.ImagePullSecrets.Select(secret => secret.Name));
    }

    [Fact]
    public void Only_training_asks_for_a_GPU_and_its_node()
    {
        var (preflight, train) = (Builder.Preflight(Run()).Spec.Template.Spec, Builder.Train(Run(), 1, 120).Spec.Template.Spec);
        Assert.Equal(["memory", "nvidia.com/gpu"], train.Containers[0].Resources.Limits.Keys.Order());
        Assert.Equal(["cpu", "ephemeral-storage", "memory", "nvidia.com/gpu"], train.Containers[0].Resources.Requests.Keys.Order());
        Assert.Equal(("nvidia", "a100"), (train.RuntimeClassName, train.NodeSelector["pool"]));
        Assert.Equal(["cpu", "memory"], preflight.Containers[0].Resources.Requests.Keys.Order());
        Assert.Null(preflight.NodeSelector);
        Assert.Null(preflight.RuntimeClassName);
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

    private static V1Alpha1InheritRun Run() => new()
    {
        Metadata = new()
        {
            Name = "run", NamespaceProperty = "ns", Uid = "605bc29b-175e-4e41-97d0-bb35b0ca5c92",
            Labels = new Dictionary<string, string> { ["kueue.x-k8s.io/queue-name"] = "team-a", ["kueue.x-k8s.io/priority-class"] = "high", ["app.kubernetes.io/instance"] = "argo" },
        },
        Spec = new()
        {
            Storage = new() { CredentialsSecretRef = new() { Name = "minio" } },
            Scheduling = new() { RuntimeClassName = "nvidia", NodeSelector = new Dictionary<string, string> { ["pool"] = "a100" } },
        },
    };
}
