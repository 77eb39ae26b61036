using System.Text.Json.Nodes;
using System.Xml.Linq;
using Inheritune.Operator.Children;
using Inheritune.Operator.Generate;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>What the chart makes of its values. No cluster is asked.</summary>
public sealed class ChartTemplateTests
{
    private const string Role = "ClusterRole inheritune-operator-runs";

    private static readonly Helm Helm = new(4);

    [Theory]
    [MemberData(nameof(Installation.Helm.Versions), MemberType = typeof(Helm))]
    public async Task Helm_finds_no_fault(int version) => Assert.Contains("0 chart(s) failed", await new Helm(version).RunAsync("lint", "--strict", Installation.Helm.Chart));

    [Fact]
    public async Task Both_versions_of_Helm_render_the_same()
    {
        string[] arguments = ["template", Helm.Release, Helm.Chart, "--set", "serviceMonitor.enabled=true,podMonitor.enabled=true,prometheusRule.enabled=true,watchNamespaces={a,b}"];
        Assert.Equal(await new Helm(3).RunAsync(arguments), await new Helm(4).RunAsync(arguments));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("crds.install=false", "-CustomResourceDefinition inheritruns.inheritune.dev")]
    [InlineData("aggregatedRoles=false", "-ClusterRole inheritune-edit", "-ClusterRole inheritune-view")]
    [InlineData("serviceAccount.create=false", "-ServiceAccount inheritune-system/inheritune-operator")]
    [InlineData("leaderElection=false,replicas=1", "-Role inheritune-system/inheritune-operator", "-RoleBinding inheritune-system/inheritune-operator")]
    [InlineData("podDisruptionBudget.enabled=false,networkPolicy.enabled=false", "-PodDisruptionBudget inheritune-system/inheritune-operator", "-NetworkPolicy inheritune-system/inheritune-operator")]
    [InlineData("serviceMonitor.enabled=true,prometheusRule.enabled=true", "ServiceMonitor inheritune-system/inheritune-operator", "PrometheusRule inheritune-system/inheritune-operator")]
    [InlineData("podMonitor.enabled=true", "PodMonitor inheritune-system/inheritune-trainer")]
    [InlineData("watchNamespaces={a,b}", $"-{Role}", "-ClusterRoleBinding inheritune-operator-runs", "Role a/inheritune-operator-runs", "RoleBinding a/inheritune-operator-runs", "Role b/inheritune-operator-runs", "RoleBinding b/inheritune-operator-runs")]
    public async Task Values_switch_objects_on_and_off(string values, params string[] difference)
    {
        var expected = new SortedSet<string>(StringComparer.Ordinal)
        {
            "CustomResourceDefinition inheritruns.inheritune.dev", Role, "ClusterRoleBinding inheritune-operator-runs", "ClusterRole inheritune-edit", "ClusterRole inheritune-view",
        };
        foreach (var kind in new[] { "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Role", "RoleBinding", "Service", "ServiceAccount" }) expected.Add($"{kind} inheritune-system/inheritune-operator");
        foreach (var name in difference.Where(name => name.Length > 0)) Assert.True(name[0] == '-' ? expected.Remove(name[1..]) : expected.Add(name));
        Assert.Equal(expected, (await RenderAsync(values)).Names);
    }

    [Fact]
    public async Task Definition_and_rules_are_those_of_the_generator()
    {
        var (cluster, named) = (await RenderAsync(""), await RenderAsync("watchNamespaces={a}"));
        var definition = cluster["CustomResourceDefinition inheritruns.inheritune.dev"];
        Same(CrdGenerator.Generate().Spec, definition["spec"]);
        Assert.Equal("keep", (string)definition["metadata"]!["annotations"]!["helm.sh/resource-policy"]!);
        var generated = RbacGenerator.Generate();
        Same(generated.OfType<V1ClusterRole>().First().Rules, cluster[Role]["rules"]);
        Same(generated.OfType<V1ClusterRole>().First().Rules, named["Role a/inheritune-operator-runs"]["rules"]);
        Same(generated.OfType<V1Role>().Single().Rules, cluster["Role inheritune-system/inheritune-operator"]["rules"]);
        foreach (var role in generated.OfType<V1ClusterRole>().Skip(1))
        {
            Same(role.Rules, cluster[$"ClusterRole {role.Name()}"]["rules"]);
            Assert.Subset(cluster[$"ClusterRole {role.Name()}"]["metadata"]!["labels"]!.AsObject().Select(label => label.Key).ToHashSet(), role.Labels().Keys.ToHashSet());
        }

        static void Same(object expected, JsonNode? found) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(KubernetesJson.Serialize(expected)), found), $"{found}");
    }

    /// <summary>Helm asks the cluster; without one it assumes none of them.</summary>
    [Theory]
    [InlineData("admissionPolicy.enabled=true", "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy", true)]
    [InlineData("admissionPolicy.enabled=true", "admissionregistration.k8s.io/v1beta1/ValidatingAdmissionPolicy", false)]
    [InlineData("admissionPolicy.enabled=false", "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy", false)]
    public async Task Admission_policy_is_installed_where_the_API_server_has_it(string values, string api, bool installed)
    {
        var (chart, ours) = (await Helm.RenderAsync("--set", values, "--api-versions", api), await KustomizeTests.BuildAsync(Checkout.File("config/admission")));
        foreach (var name in ours.Names)
        {
            Assert.Equal(installed, chart.Names.Contains(name));
            if (installed) Assert.True(JsonNode.DeepEquals(ours[name]["spec"], chart[name]["spec"]), $"{chart[name]}");
        }

        Assert.Equal(2, ours.Names.Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("podAnnotations.a=b,podLabels.c=d,priorityClassName=system-cluster-critical,leaderElection=false,replicas=1")]
    [InlineData("platformSecurity=true")]
    public async Task Pods_meet_the_pod_security_standard_restricted(string values)
    {
        var pod = (await RenderAsync(values)).Get<V1Deployment>("Deployment inheritune-system/inheritune-operator").Spec.Template.Spec;
        Assert.Empty(PodSecurity.Violations(pod));
        Assert.True(pod.Containers[0].SecurityContext.ReadOnlyRootFilesystem);
        Assert.Equal(["memory"], pod.Containers[0].Resources.Limits.Keys);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Users_and_groups_are_left_to_a_cluster_that_gives_them(bool platform)
    {
        var pod = (await RenderAsync($"platformSecurity={(platform ? "true" : "false")},podSecurityContext.fsGroup=7,securityContext.runAsUser=7")).Get<V1Deployment>("Deployment inheritune-system/inheritune-operator").Spec.Template.Spec;
        Assert.Equal(platform, pod.Containers[0].Args.Contains("--platform-security"));
        long?[] expected = platform ? [null, null, null, null] : [65532, 65532, 7, 7];
        Assert.Equal(expected, [pod.SecurityContext.RunAsUser, pod.SecurityContext.RunAsGroup, pod.SecurityContext.FsGroup, pod.Containers[0].SecurityContext.RunAsUser]);
        Assert.True(pod.SecurityContext.RunAsNonRoot);
    }

    /// <summary>The operator reads there what the chart writes.</summary>
    [Fact]
    public async Task Words_about_the_pods_of_runs_reach_the_operator()
    {
        using var values = new TemporaryFolder();
        var manifest = await Helm.RenderAsync("--values", values.Write("values.yaml", """
            preflightImage: {repository: registry.example/trainer, tag: 7-cpu}
            podDefaults:
              pod: {labels: {team: ml}, annotations: {note: "a <b> & \"c\""}, env: [{name: HTTPS_PROXY, value: "http://proxy:3128"}]}
              scheduling: {tolerations: [{key: nvidia.com/gpu, operator: Exists}], runtimeClassName: nvidia}
            extraEnv: [{name: HTTPS_PROXY, value: "http://proxy:3128"}]
            extraArgs: ["--allowed=a b"]
            serviceMonitor: {enabled: true, relabelings: [{action: labeldrop, regex: pod}], metricRelabelings: [{action: keep, regex: inheritune_.*}]}
            podMonitor: {enabled: true, relabelings: [{action: replace, targetLabel: team}], metricRelabelings: [{action: drop, regex: x}]}
            """));
        var container = manifest.Get<V1Deployment>("Deployment inheritune-system/inheritune-operator").Spec.Template.Spec.Containers[0];
        Assert.Contains("--preflight-image=registry.example/trainer:7-cpu", container.Args);
        Assert.Equal("--allowed=a b", container.Args[^1]);
        Assert.Equal("http://proxy:3128", container.Env.Single(variable => variable.Name == "HTTPS_PROXY").Value);
        const string option = "--pod-defaults=";
        var defaults = PodDefaults.Parse(container.Args.Single(argument => argument.StartsWith(option, StringComparison.Ordinal))[option.Length..]);
        Assert.Equal(("ml", "a <b> & \"c\"", "HTTPS_PROXY"), (defaults.Pod.Labels["team"], defaults.Pod.Annotations["note"], defaults.Pod.Env.Single().Name));
        Assert.Equal(("nvidia", "nvidia.com/gpu"), (defaults.Scheduling.RuntimeClassName, defaults.Scheduling.Tolerations.Single().Key));
        var (service, pods) = (manifest["ServiceMonitor inheritune-system/inheritune-operator"]["spec"]!["endpoints"]![0]!, manifest["PodMonitor inheritune-system/inheritune-trainer"]["spec"]!["podMetricsEndpoints"]![0]!);
        Assert.Equal(("labeldrop", "keep"), ((string)service["relabelings"]![0]!["action"]!, (string)service["metricRelabelings"]![0]!["action"]!));
        Assert.Equal(("replace", "drop"), ((string)pods["relabelings"]![0]!["action"]!, (string)pods["metricRelabelings"]![0]!["action"]!));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Parent_chart_has_it_on_a_condition(string enabled)
    {
        using var parent = new TemporaryFolder();
        parent.Write("Chart.yaml", """
            apiVersion: v2
            name: platform
            version: 1.0.0
            dependencies: [{name: inheritune-operator, version: "*", condition: inheritune-operator.enabled}]
            """);
        Directory.CreateDirectory(Path.Combine(parent.Path, "charts"));
        Directory.CreateSymbolicLink(Path.Combine(parent.Path, "charts/inheritune-operator"), Helm.Chart);
        foreach (var version in new[] { 3, 4 })
        {
            var output = await new Helm(version).RunAsync("template", Helm.Release, parent.Path, "--set", $"inheritune-operator.enabled={enabled},inheritune-operator.replicas=1,global.team=ml");
            if (enabled == "false") Assert.DoesNotContain("kind:", output);
            else Assert.Equal((await RenderAsync("replicas=1")).Names, Manifest.Parse(output).Names);
        }
    }

    [Fact]
    public async Task Values_reach_the_operator()
    {
        using var values = new TemporaryFolder();
        var manifest = await Helm.RenderAsync("--values", values.Write("values.yaml", """
            image: {repository: "registry.example:5000/operator", digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000"}
            trainerImage: {repository: registry.example/trainer, tag: "7", pullSecrets: [registry, mirror]}
            imagePullSecrets: [{name: registry}]
            allowedImages: [registry.example/team, "ghcr.io/inheritune/"]
            allowedSecrets: [minio-credentials, team-*]
            watchNamespaces: [team-a, team-b]
            serviceAccount: {name: other, annotations: {team: platform}}
            nodeSelector: {pool: system}
            tolerations: [{key: pool, operator: Exists}]
            affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: pool, operator: Exists}]}]}}}
            topologySpreadConstraints: [{topologyKey: zone, maxSkew: 2, whenUnsatisfiable: DoNotSchedule}]
            podAnnotations: {note: "1"}
            podLabels: {team: platform}
            metrics: {port: 9090}
            serviceMonitor: {enabled: true, interval: 1m, labels: {release: prometheus}}
            podMonitor: {enabled: true, interval: 2m, labels: {release: other}}
            networkPolicy: {apiServerPorts: [16443]}
            """));
        var template = manifest.Get<V1Deployment>("Deployment inheritune-system/inheritune-operator").Spec.Template;
        var (spec, container) = (template.Spec, template.Spec.Containers[0]);
        Assert.Equal("registry.example:5000/operator@sha256:0000000000000000000000000000000000000000000000000000000000000000", container.Image);
        Assert.Equal(["run", "--trainer-image=registry.example/trainer:7", "--trainer-image-pull-secret=registry", "--trainer-image-pull-secret=mirror", "--leader-election=true", "--metrics-port=9090", "--allowed-image=registry.example/team", "--allowed-image=ghcr.io/inheritune/", "--allowed-secret=minio-credentials", "--allowed-secret=team-*", "--namespace=team-a", "--namespace=team-b"], container.Args);
        Assert.Equal(("registry", "other", "system", "Exists"), (spec.ImagePullSecrets[0].Name, spec.ServiceAccountName, spec.NodeSelector["pool"], spec.Tolerations[0].OperatorProperty));
        Assert.Equal(("zone", 9090), (Assert.Single(spec.TopologySpreadConstraints).TopologyKey, container.Ports[0].ContainerPort));
        Assert.NotNull(spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution);
        Assert.Equal(("1", "platform"), (template.Annotations()["note"], template.Labels()["team"]));
        Assert.Equal("platform", manifest.Get<V1ServiceAccount>("ServiceAccount inheritune-system/other").Annotations()["team"]);
        foreach (var binding in new[] { "team-a/inheritune-operator-runs", "inheritune-system/inheritune-operator" })
            Assert.Equal(("other", "inheritune-system"), manifest.Get<V1RoleBinding>($"RoleBinding {binding}").Subjects.Select(subject => (subject.Name, subject.NamespaceProperty)).Single());
        var monitor = manifest["ServiceMonitor inheritune-system/inheritune-operator"];
        Assert.Equal(("1m", "prometheus"), ((string)monitor["spec"]!["endpoints"]![0]!["interval"]!, (string)monitor["metadata"]!["labels"]!["release"]!));
        var pods = manifest["PodMonitor inheritune-system/inheritune-trainer"];
        Assert.Equal(("2m", "other"), ((string)pods["spec"]!["podMetricsEndpoints"]![0]!["interval"]!, (string)pods["metadata"]!["labels"]!["release"]!));
        Assert.Equal(["team-a", "team-b"], pods["spec"]!["namespaceSelector"]!["matchNames"]!.AsArray().Select(ns => (string)ns!));
        Assert.Equal(16443, (int)manifest["NetworkPolicy inheritune-system/inheritune-operator"]["spec"]!["egress"]![0]!["ports"]![0]!["port"]!);
    }

    [Theory]
    [InlineData("replicas=two", "replicas")]
    [InlineData("replicas=0", "replicas")]
    [InlineData("leaderElection=false", "replicas")]
    [InlineData("replica=3", "replica")]
    [InlineData("image.name=x", "image", "name")]
    [InlineData("image.repository=registry.example/operator:1", "image", "repository")]
    [InlineData("trainerImage.digest=sha256:12", "trainerImage", "digest")]
    [InlineData("trainerImage.pullSecrets={Team_A}", "trainerImage", "pullSecrets")]
    [InlineData("podDefaults.tolerations=a", "podDefaults", "tolerations")]
    [InlineData("extraArgs=--x", "extraArgs")]
    [InlineData("preflightImage.repository=a:1", "preflightImage", "repository")]
    [InlineData("allowedImages={*}", "allowedImages")]
    [InlineData("allowedSecrets={a*b}", "allowedSecrets")]
    [InlineData("watchNamespaces={Team_A}", "watchNamespaces")]
    [InlineData("watchNamespaces=team-a", "watchNamespaces")]
    [InlineData("admissionPolicy.enabled=maybe", "admissionPolicy", "enabled")]
    [InlineData("crds.install=maybe", "crds", "install")]
    [InlineData("metrics.port=80", "metrics", "port")]
    [InlineData("podMonitor.interval=often", "podMonitor", "interval")]
    [InlineData("networkPolicy.apiServerPorts={}", "networkPolicy", "apiServerPorts")]
    [InlineData("resources.limit.memory=1Gi", "resources", "limit")]
    public async Task Bad_value_is_refused_by_its_name(string values, params string[] named)
    {
        foreach (var version in new[] { 3, 4 })
        {
            var (code, _, error) = await new Helm(version).TryAsync("template", Helm.Release, Helm.Chart, "--set", values);
            Assert.Equal(1, code);
            Assert.Contains("values don't meet the specifications of the schema", error);
            foreach (var name in named) Assert.Contains(name, error[error.IndexOf("inheritune-operator:", StringComparison.Ordinal)..]);
        }
    }

    [Fact]
    public async Task Every_value_is_explained_and_in_the_schema()
    {
        var values = await File.ReadAllLinesAsync(Path.Combine(Helm.Chart, "values.yaml"), TestContext.Current.CancellationToken);
        var schema = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Helm.Chart, "values.schema.json"), TestContext.Current.CancellationToken))!["properties"]!.AsObject();
        var top = values.Where(line => line.Length > 0 && char.IsLetter(line[0])).Select(line => line.Split(':')[0]);
        Assert.Equal(schema.Select(value => value.Key).Where(name => name != "global").Order(), top.Order());
        Assert.All(schema, value => Assert.NotEmpty((string?)value.Value!["description"] ?? ""));
    }

    [Fact]
    public async Task Chart_and_kustomization_have_the_version_of_the_project()
    {
        var version = XDocument.Load(Checkout.File("Directory.Build.props")).Descendants("Version").Single().Value;
        var chart = await File.ReadAllTextAsync(Path.Combine(Helm.Chart, "Chart.yaml"), TestContext.Current.CancellationToken);
        Assert.Contains($"\nversion: {version}\n", chart);
        Assert.Contains($"\nappVersion: {version}\n", chart);
        var kustomization = await File.ReadAllTextAsync(Checkout.File("config/kustomization.yaml"), TestContext.Current.CancellationToken);
        Assert.Equal(2, kustomization.Split($"newTag: {version}\n").Length - 1);
    }

    private static Task<Manifest> RenderAsync(string values) => values.Length == 0 ? Helm.RenderAsync() : Helm.RenderAsync("--set", values);
}
