using System.Text.Json.Nodes;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>What Prometheus looks at, beside what there is. No cluster is asked.</summary>
public sealed class MonitorTests
{
    private const string Monitor = "PodMonitor inheritune-system/inheritune-trainer";

    [Fact]
    public async Task Pods_that_train_are_found_and_no_others()
    {
        var spec = (await BuildAsync())[Monitor]["spec"]!;
        var run = new V1Alpha1InheritRun { Metadata = new() { Name = "run", NamespaceProperty = "ns", Uid = "605bc29b-175e-4e41-97d0-bb35b0ca5c92" }, Spec = new() };
        var builder = new JobBuilder("trainer");
        var (preflight, train) = (builder.Preflight(run).Spec.Template, builder.Train(run, 1, 120).Spec.Template);
        var wanted = spec["selector"]!["matchLabels"]!.AsObject().Select(label => (label.Key, (string)label.Value!)).ToHashSet();
        Assert.True((bool)spec["namespaceSelector"]!["any"]!);
        Assert.Subset(train.Labels().Select(label => (label.Key, label.Value)).ToHashSet(), wanted);
        Assert.False(wanted.IsSubsetOf(preflight.Labels().Select(label => (label.Key, label.Value))));
        Assert.Equal(Assert.Single(train.Spec.Containers[0].Ports).Name, (string)Assert.Single(spec["podMetricsEndpoints"]!.AsArray())!["port"]!);
        Assert.Equal("run", train.Labels()[(string)Assert.Single(spec["podTargetLabels"]!.AsArray())!]);
    }

    [Fact]
    public async Task Chart_finds_the_same_pods()
    {
        var (ours, charts) = ((await BuildAsync())[Monitor]["spec"], (await new Helm(4).RenderAsync("--set", "podMonitor.enabled=true"))[Monitor]["spec"]);
        Assert.True(JsonNode.DeepEquals(ours, charts), $"{ours}\n{charts}");
    }

    private static async Task<Manifest> BuildAsync() => Manifest.Parse(await new Kubectl("/dev/null", "default").RunAsync("", "kustomize", Checkout.File("config/prometheus")));
}
