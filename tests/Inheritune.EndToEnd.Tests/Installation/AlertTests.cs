using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Inheritune.Operator.Generate;
using Prometheus;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>The alerts, as Prometheus itself understands them.</summary>
public sealed partial class AlertTests
{
    private const string Rules = "config/prometheus/prometheusrule.yaml";

    [Fact]
    public async Task Prometheus_finds_no_fault_and_alerts_when_it_should_and_not_otherwise()
    {
        using var folder = new TemporaryFolder();
        // A rule file is the spec of the object.
        var rules = folder.Write("alerts.yaml", Manifest.Parse(await File.ReadAllTextAsync(Checkout.File(Rules), TestContext.Current.CancellationToken))["PrometheusRule inheritune-system/inheritune-operator"]["spec"]!.ToJsonString());
        Assert.Contains("7 rules found", await Promtool.RunAsync("check", "rules", "--lint=all", "--lint-fatal", rules));
        File.Copy(Checkout.File("tests/Inheritune.EndToEnd.Tests/Installation/alert-tests.yaml"), folder.File("alert-tests.yaml"));
        await Promtool.RunAsync("test", "rules", folder.File("alert-tests.yaml"));
    }

    [Fact]
    public async Task Alerts_speak_of_metrics_that_the_operator_has()
    {
        var known = typeof(CrdGenerator).Assembly.GetTypes()
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public))
            .Where(field => field.FieldType.IsAssignableTo(typeof(Collector)))
            .Select(field => ((Collector)field.GetValue(null)!).Name).ToHashSet();
        var named = Metric().Matches(await File.ReadAllTextAsync(Checkout.File(Rules), TestContext.Current.CancellationToken)).Select(match => match.Value).ToHashSet();
        Assert.Equal(6, named.Count);
        Assert.Subset(known, named);
    }

    [Fact]
    public async Task Chart_has_the_same_alerts()
    {
        var rules = await File.ReadAllTextAsync(Checkout.File(Rules), TestContext.Current.CancellationToken);
        Assert.Equal(rules, await File.ReadAllTextAsync(Path.Combine(Helm.Chart, "files/prometheusrule.yaml"), TestContext.Current.CancellationToken));
        var (with, without) = (await RenderAsync("prometheusRule.enabled=true"), await RenderAsync("prometheusRule.enabled=true,leaderElection=false,replicas=1"));
        var spec = Manifest.Parse(rules)["PrometheusRule inheritune-system/inheritune-operator"]["spec"]!;
        Assert.True(JsonNode.DeepEquals(spec, with), $"{with}");
        // Nobody leads where nobody is elected.
        spec["groups"]![0]!["rules"]!.AsArray().RemoveAt(1);
        Assert.True(JsonNode.DeepEquals(spec, without), $"{without}");

        static async Task<JsonNode> RenderAsync(string values) =>
            (await new Helm(4).RenderAsync("--set", values))["PrometheusRule inheritune-system/inheritune-operator"]["spec"]!;
    }

    [GeneratedRegex(@"\b(rest_client|workqueue|controller_runtime|leader_election|inheritune)_\w+")]
    private static partial Regex Metric();
}
