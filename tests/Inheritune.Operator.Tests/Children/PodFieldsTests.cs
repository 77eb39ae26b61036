using Inheritune.Api;
using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using k8s;
using k8s.Models;
using static Inheritune.Operator.Tests.Children.SomeJobs;

namespace Inheritune.Operator.Tests.Children;

/// <summary>What a run says of its pods, in the words of the pods.</summary>
public sealed class PodFieldsTests
{
    [Fact]
    public void Labels_and_annotations_of_the_user_are_on_both_pods_beside_the_operators()
    {
        foreach (var pod in Pods(Run(new() { Labels = Map("cost-centre", "7"), Annotations = Map("karpenter.sh/do-not-disrupt", "true") })))
        {
            Assert.Equal(("7", "inheritune-operator", "run"), (pod.Labels()["cost-centre"], pod.Labels()["app.kubernetes.io/managed-by"], pod.Labels()["inheritune.dev/run"]));
            Assert.Equal("true", pod.Annotations()["karpenter.sh/do-not-disrupt"]);
            Assert.StartsWith("{", pod.Annotations()["inheritune.dev/manifest"]);
        }
    }

    /// <summary>A schema from before the rules lets them pass.</summary>
    [Fact]
    public void Labels_and_annotations_of_the_operator_stay_whatever_the_user_says()
    {
        foreach (var pod in Pods(Run(new() { Labels = Map("inheritune.dev/run", "other"), Annotations = Map("inheritune.dev/manifest", "other") })))
            Assert.DoesNotContain("other", pod.Labels().Values.Concat(pod.Annotations().Values));
    }

    [Fact]
    public void Sidecars_are_kept_out_unless_the_user_wants_them()
    {
        foreach (var pod in Pods(Run()))
        {
            Assert.Equal(("false", "disabled"), (pod.Labels()["sidecar.istio.io/inject"], pod.Labels()["kuma.io/sidecar-injection"]));
            Assert.Equal(
                [
                    "consul.hashicorp.com/connect-inject=false", "kuma.io/sidecar-injection=disabled", "linkerd.io/inject=disabled", "sidecar.istio.io/inject=false",
                    "vault.hashicorp.com/agent-inject=false",
                ],
                pod.Annotations().Where(one => one.Key.Contains("inject", StringComparison.Ordinal)).Select(one => $"{one.Key}={one.Value}").Order(StringComparer.Ordinal));
        }

        foreach (var pod in Pods(Run(new() { Labels = Map("sidecar.istio.io/inject", "true"), Annotations = Map("linkerd.io/inject", "enabled") })))
        {
            Assert.Equal(("true", "enabled"), (pod.Labels()["sidecar.istio.io/inject"], pod.Annotations()["linkerd.io/inject"]));
            // The older form of the same question must not say the opposite.
            Assert.DoesNotContain("sidecar.istio.io/inject", pod.Annotations().Keys);
        }
    }

    [Theory]
    [InlineData("corpora", null, """{"name":"data","persistentVolumeClaim":{"claimName":"corpora","readOnly":true}}""")]
    [InlineData(null, "registry.example/corpora:1", """{"image":{"reference":"registry.example/corpora:1"},"name":"data"}""")]
    public void Data_of_the_cluster_is_mounted_and_nobody_can_write_there(string? claim, string? image, string volume)
    {
        foreach (var pod in Pods(Run(new() { Data = new() { ClaimName = claim, Image = image } })))
        {
            Assert.Equal(volume, KubernetesJson.Serialize(pod.Spec.Volumes.Single(one => one.Name == "data")));
            Assert.Equal(("/data", true), pod.Spec.Containers[0].VolumeMounts.Where(mount => mount.Name == "data").Select(mount => (mount.MountPath, mount.ReadOnlyProperty == true)).Single());
        }
    }

    [Fact]
    public void Training_goes_where_its_demands_on_nodes_hold_and_spreads()
    {
        var scheduling = new SchedulingSpec
        {
            NodeAffinity = [new() { Key = "gpu", Operator = NodeOperator.In, Values = ["a100", "h100"] }, new() { Key = "spot", Operator = NodeOperator.DoesNotExist }],
            TopologySpreadConstraints = [new() { TopologyKey = "zone" }, new() { TopologyKey = "host", MaxSkew = 2, WhenUnsatisfiable = UnsatisfiableAction.DoNotSchedule }],
        };
        var (preflight, train) = (Builder.Preflight(Run(scheduling: scheduling)).Spec.Template.Spec, Builder.Train(Run(scheduling: scheduling), 1, 120).Spec.Template);
        Assert.Equal(
            """{"nodeSelectorTerms":[{"matchExpressions":[{"key":"gpu","operator":"In","values":["a100","h100"]},{"key":"spot","operator":"DoesNotExist"}]}]}""",
            KubernetesJson.Serialize(train.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution));
        Assert.Equal([("zone", 1, "ScheduleAnyway"), ("host", 2, "DoNotSchedule")], train.Spec.TopologySpreadConstraints.Select(one => (one.TopologyKey, one.MaxSkew, one.WhenUnsatisfiable)));
        // The pods of other runs count, those of preflights do not.
        Assert.All(train.Spec.TopologySpreadConstraints, one => Assert.Equal(["app.kubernetes.io/component=train", "app.kubernetes.io/name=inheritune-trainer"], one.LabelSelector.MatchLabels.Select(label => $"{label.Key}={label.Value}").Order()));
        Assert.Subset(train.Labels().ToHashSet(), train.Spec.TopologySpreadConstraints[0].LabelSelector.MatchLabels.ToHashSet());
        Assert.Equal((null, null), (preflight.Affinity, preflight.TopologySpreadConstraints));
    }

    [Fact]
    public void Claim_takes_the_place_of_the_extended_resource()
    {
        var (preflight, train) = (Builder.Preflight(Run(claim: "one-gpu")).Spec.Template.Spec, Builder.Train(Run(claim: "one-gpu"), 1, 120).Spec.Template.Spec);
        Assert.Equal("""[{"name":"gpu","resourceClaimTemplateName":"one-gpu"}]""", KubernetesJson.Serialize(train.ResourceClaims));
        Assert.Equal("gpu", Assert.Single(train.Containers[0].Resources.Claims).Name);
        Assert.DoesNotContain("nvidia.com/gpu", train.Containers[0].Resources.Limits.Keys.Concat(train.Containers[0].Resources.Requests.Keys));
        Assert.Equal((null, null), (preflight.ResourceClaims, preflight.Containers[0].Resources.Claims));
        Assert.Null(Builder.Train(Run(), 1, 120).Spec.Template.Spec.ResourceClaims);
    }

    [Fact]
    public void Authorities_come_from_a_ConfigMap_or_a_Secret()
    {
        Assert.Equal(["""{"configMap":{"items":[{"key":"ca.crt","path":"ca.crt"}],"name":"ca"},"name":"authorities"}"""], Volumes(new() { Name = "ca" }));
        Assert.Equal(["""{"name":"authorities","secret":{"items":[{"key":"tls.crt","path":"tls.crt"}],"secretName":"ca"}}"""], Volumes(new() { Kind = CaBundleKind.Secret, Name = "ca", Key = "tls.crt" }));

        static IEnumerable<string> Volumes(CaBundleReference authorities) =>
            Pods(Run(authorities: authorities)).Select(pod => KubernetesJson.Serialize(pod.Spec.Volumes.Single(volume => volume.Name == "authorities"))).Distinct();
    }

    [Fact]
    public void Account_of_the_user_reports_in_the_place_of_our_own()
    {
        var run = Run(account: "irsa");
        foreach (var pod in Pods(run)) Assert.Equal(("irsa", true), (pod.Spec.ServiceAccountName, pod.Spec.AutomountServiceAccountToken));
        Assert.Equal(("irsa", "ns"), AccountBuilder.Binding(run).Subjects.Select(subject => (subject.Name, subject.NamespaceProperty)).Single());
        Assert.Equal("run-605bc29b", AccountBuilder.Binding(run).RoleRef.Name);
    }
}
