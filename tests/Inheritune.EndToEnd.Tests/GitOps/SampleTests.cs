using System.Text.Json.Nodes;
using Inheritune.EndToEnd.Tests.Controllers;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Trainer.Manifests;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.GitOps;

/// <summary>
/// The manifests that newcomers start from. Kueue's own kinds, in <c>kueue-queues.yaml</c>, are unknown to the API servers of the tests and are
/// only held against the run that uses them.
/// </summary>
[Collection(nameof(Runs))]
public sealed class SampleTests(ControlPlane plane, RunApis apis)
{
    private const string Queues = "kueue-queues.yaml", QueueLabel = "kueue.x-k8s.io/queue-name";

    /// <summary>Of runs on a cluster; those of the quickstart name local files.</summary>
    public static TheoryData<string> Files => [.. Directory.GetFiles(Checkout.File("config/samples"), "*.yaml").Select(path => Path.GetFileName(path)!)
        .Where(name => name != Queues && !name.StartsWith("quickstart-", StringComparison.Ordinal)).Select(name => $"samples/{name}")
        .Concat(Directory.GetDirectories(Checkout.File("config/argocd/runs")).Select(folder => $"argocd/runs/{Path.GetFileName(folder)}/run.yaml"))];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Sample_is_accepted_by_all_who_read_it_and_applying_it_again_changes_nothing(string file)
    {
        var path = Checkout.File($"config/{file}");
        var local = ManifestReader.Read(path, []);
        var text = await File.ReadAllTextAsync(path, Stop);
        var run = Documents(text).Single(document => document.Contains("kind: InheritRun", StringComparison.Ordinal));
        foreach (var api in await apis.BothAsync())
        {
            Assert.Empty(await api.RefusalsAsync(run));
            var kubectl = new Kubectl(plane.Kubeconfig, api.Namespace);
            var yaml = text.Replace("inheritune.dev/v1alpha1", $"{api.Group}/v1alpha1", StringComparison.Ordinal);
            Assert.Contains($"/{local.Metadata.Name} created", await kubectl.ApplyAsync(yaml), StringComparison.Ordinal);
            Assert.All((await kubectl.ApplyAsync(yaml)).Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.EndsWith(" unchanged", line));
            Assert.Equal("", await kubectl.DiffAsync(yaml));
            Assert.Equal(1, (int)(await api.GetAsync(local.Metadata.Name))["metadata"]!["generation"]!);
            await kubectl.RunAsync(yaml, "delete", "-f", "-");
        }
    }

    [Fact]
    public void No_sample_writes_into_the_output_of_another()
    {
        var outputs = Files.Select(file => Checkout.File($"config/{file.Data}"))
            .Concat(Directory.GetFiles(Checkout.File("config/samples"), "quickstart-*.yaml"))
            .Select(path => (Path: path, Output: ManifestReader.Read(path, []).Spec.Output.Uri.TrimEnd('/') + "/")).ToArray();
        foreach (var (path, output) in outputs)
            Assert.Equal([path], outputs.Where(o => o.Output.StartsWith(output, StringComparison.Ordinal)).Select(o => o.Path));
    }

    [Fact]
    public async Task Samples_give_the_Jobs_that_they_promise()
    {
        await using var cluster = await OperatorCluster.StartAsync(plane, apis);
        await ProvideAsync(cluster, "corpora");
        var kubectl = new Kubectl(plane.Kubeconfig, cluster.Namespace);
        foreach (var file in Files) await kubectl.ApplyAsync(await File.ReadAllTextAsync(Checkout.File($"config/{file.Data}"), Stop));

        var (preflight, train) = await JobsAsync("minimal");
        Assert.Equal(("registry.example/trainer:1", "s3://models/gpt2"), (Container(train).Image, Manifest(train).Spec.Reference!.Uri));
        Assert.Equal(["cpu=250m", "memory=1Gi"], Requests(preflight));
        Assert.Equal(["cpu=4", "ephemeral-storage=50Gi", "memory=16Gi", "nvidia.com/gpu=1"], Requests(train));
        Assert.Equal("minio-credentials", preflight.Spec.Template.Spec.Volumes.Single(volume => volume.Secret is not null).Secret.SecretName);
        Assert.DoesNotContain(QueueLabel, train.Labels().Keys);

        (preflight, train) = await JobsAsync("gpt2-medium-12");
        Assert.Equal(["cpu=8", "ephemeral-storage=50Gi", "memory=32Gi", "nvidia.com/gpu=1"], Requests(train));
        foreach (var job in new[] { preflight, train }) Assert.Equal(["nvidia.com/gpu Exists  NoSchedule"], Tolerations(job));

        (preflight, train) = await JobsAsync("llama-1b-8");
        Assert.Equal(["cpu=8", "ephemeral-storage=100Gi", "memory=64Gi", "nvidia.com/gpu=1"], Requests(train));
        Assert.Equal("NVIDIA-H100-80GB-HBM3", train.Spec.Template.Spec.NodeSelector["nvidia.com/gpu.product"]);
        Assert.DoesNotContain("nvidia.com/gpu.product", preflight.Spec.Template.Spec.NodeSelector.Keys);

        (preflight, train) = await JobsAsync("queued");
        foreach (var job in new[] { preflight, train }) Assert.Equal("team-a", job.Labels()[QueueLabel]);
        HasQuota(train);

        (preflight, train) = await JobsAsync("gpt2-6-mig");
        Assert.Equal(["cpu=2", "ephemeral-storage=20Gi", "memory=8Gi", "nvidia.com/mig-2g.20gb=1"], Requests(train));
        Assert.Equal("1", Container(train).Resources.Limits["nvidia.com/mig-2g.20gb"].ToString());

        (_, train) = await JobsAsync("gpt2-medium-12-spot");
        Assert.Equal(["kubernetes.azure.com/scalesetpriority  spot NoSchedule", "nvidia.com/gpu Exists  NoSchedule"], Tolerations(train));
        Assert.Equal("spot", train.Spec.Template.Spec.NodeSelector["kubernetes.azure.com/scalesetpriority"]);
        Assert.Equal((3, 300), (Manifest(train).Spec.Retry.BackoffLimit, Manifest(train).Spec.Checkpoint.EverySeconds));

        (preflight, train) = await JobsAsync("own-ca");
        foreach (var job in new[] { preflight, train })
        {
            var authorities = job.Spec.Template.Spec.Volumes.Single(volume => volume.ConfigMap is not null).ConfigMap;
            var map = await cluster.Client.CoreV1.ReadNamespacedConfigMapAsync(authorities.Name, cluster.Namespace, cancellationToken: Stop);
            using var authority = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(map.Data[authorities.Items.Single().Key]);
            Assert.Contains(Container(job).Env, variable => variable.Name == "AWS_CA_BUNDLE" && variable.Value.EndsWith("/ca.crt", StringComparison.Ordinal));
        }

        (preflight, train) = await JobsAsync("workload-identity");
        foreach (var job in new[] { preflight, train })
        {
            Assert.Equal("inheritune-s3", job.Spec.Template.Spec.ServiceAccountName);
            Assert.DoesNotContain(job.Spec.Template.Spec.Volumes, volume => volume.Secret is not null);
        }

        (preflight, train) = await JobsAsync("platform");
        Assert.Equal("ghcr.io/inheritune/inheritune-trainer:0.1.0-cpu", Container(preflight).Image);
        Assert.Equal(["nvidia.com/gpu Exists  NoSchedule"], Tolerations(train));
        Assert.Null(preflight.Spec.Template.Spec.Tolerations);
        Assert.Equal(2, train.Spec.Template.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms.Single().MatchExpressions.Count);
        foreach (var job in new[] { preflight, train })
        {
            var pod = job.Spec.Template;
            Assert.Equal(("4711", "true"), (pod.Labels()["cost-centre"], pod.Annotations()["karpenter.sh/do-not-disrupt"]));
            Assert.Equal(("corpora", true), pod.Spec.Volumes.Where(volume => volume.PersistentVolumeClaim is not null).Select(volume => (volume.PersistentVolumeClaim.ClaimName, volume.PersistentVolumeClaim.ReadOnlyProperty == true)).Single());
            Assert.Contains(Container(job).Env, variable => variable is { Name: "HTTPS_PROXY", Value: "http://proxy.example:3128" });
            Assert.Equal($"{Container(job).Resources.Requests["cpu"]}", $"{Container(job).Resources.Limits["cpu"]}");
        }

        async Task<(V1Job Preflight, V1Job Train)> JobsAsync(string name)
        {
            var job = await cluster.JobAsync($"{name}-preflight");
            await cluster.Kubelet.EndsAsync(await cluster.PodAsync($"{name}-preflight"), 0);
            return (job, await cluster.JobAsync($"{name}-train"));
        }
    }

    /// <summary>A claim that the scheduler takes for bound; nobody mounts it here.</summary>
    private async Task ProvideAsync(OperatorCluster cluster, string claim)
    {
        var volume = new V1PersistentVolume
        {
            Metadata = new() { Name = $"{cluster.Namespace}-{claim}" },
            Spec = new()
            {
                StorageClassName = "",
                AccessModes = ["ReadOnlyMany"],
                Capacity = new Dictionary<string, ResourceQuantity> { ["storage"] = new("1Gi") },
                ClaimRef = new() { Name = claim, NamespaceProperty = cluster.Namespace },
                HostPath = new() { Path = "/nowhere" },
                PersistentVolumeReclaimPolicy = "Retain",
            },
        };
        await cluster.Client.CreateAsync(volume, Stop);
        plane.OnLeaving(admin => admin.DeleteAsync<V1PersistentVolume>(new("", volume.Name()), CancellationToken.None));
        await cluster.Client.CreateAsync(
            new V1PersistentVolumeClaim
            {
                Metadata = new() { Name = claim, NamespaceProperty = cluster.Namespace },
                Spec = new() { StorageClassName = "", VolumeName = volume.Name(), AccessModes = volume.Spec.AccessModes, Resources = new() { Requests = volume.Spec.Capacity } },
            },
            Stop);
    }

    /// <summary>A Job is admitted only where its ClusterQueue has a quota for each resource that it asks for.</summary>
    private static void HasQuota(V1Job job)
    {
        var queues = Documents(File.ReadAllText(Checkout.File($"config/samples/{Queues}"))).Select(document => JsonNode.Parse(KubernetesJson.Serialize(RunApi.Document(document)))!).ToLookup(queue => (string)queue["kind"]!);
        var (local, cluster) = (queues["LocalQueue"].Single(), queues["ClusterQueue"].Single());
        Assert.Equal((job.Labels()[QueueLabel], Name(cluster)), (Name(local), (string?)local["spec"]!["clusterQueue"]));
        var groups = cluster["spec"]!["resourceGroups"]!.AsArray();
        var flavors = groups.Select(group => group!["flavors"]!.AsArray().Single()!).ToArray();
        Assert.Equal(queues["ResourceFlavor"].Select(Name), flavors.Select(flavor => (string?)flavor["name"]));
        var quotas = flavors.SelectMany(flavor => flavor["resources"]!.AsArray()).ToDictionary(resource => (string)resource!["name"]!, resource => new ResourceQuantity(resource!["nominalQuota"]!.ToString()));
        Assert.Equal(quotas.Keys, groups.SelectMany(group => group!["coveredResources"]!.AsArray()).Select(name => (string)name!));
        foreach (var (name, request) in Container(job).Resources.Requests) Assert.True(quotas[name].ToDecimal() >= request.ToDecimal(), name);

        string? Name(JsonNode queue) => (string?)queue["metadata"]!["name"];
    }

    private static IEnumerable<string> Documents(string yaml) => yaml.Split("\n---\n");

    private static V1Container Container(V1Job job) => job.Spec.Template.Spec.Containers.Single();

    private static Api.InheritRun Manifest(V1Job job) => ManifestReader.Parse(job.Spec.Template.Annotations()["inheritune.dev/manifest"], "run.yaml", "/", []);

    private static IEnumerable<string> Requests(V1Job job) => Container(job).Resources.Requests.Select(request => $"{request.Key}={request.Value}").Order(StringComparer.Ordinal);

    private static IEnumerable<string> Tolerations(V1Job job) => job.Spec.Template.Spec.Tolerations.Select(toleration => $"{toleration.Key} {toleration.OperatorProperty} {toleration.Value} {toleration.Effect}");
}
