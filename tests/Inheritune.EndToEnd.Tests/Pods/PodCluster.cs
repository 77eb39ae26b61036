using Inheritune.EndToEnd.Tests.Installation;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.EndToEnd.Tests.Storage;
using Inheritune.Operator.Runtime;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Minio;
using Minio.DataModel.Args;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>
/// A cluster of real parts: control plane, node with one GPU, object store, and the operator as a pod of its own image, installed by its chart.
/// A reference and a text are in the store.
/// </summary>
public sealed class PodCluster : IAsyncLifetime
{
    /// <summary>The store, as pods see it.</summary>
    public const string Endpoint = "http://10.96.0.2:80";

    /// <summary>Secret with its keys, in each namespace of runs.</summary>
    public const string Secret = "store";

    /// <summary>A node that says nothing for so many seconds is lost; its pods are deleted so much later.</summary>
    public const int Grace = 8;

    private const string Bucket = "inheritune";

    private readonly Lazy<byte[]> _undisturbed;
    private readonly CephGateway _store = CephGateway.Start();
    private Node? _node;
    private ApiClient? _client;
    private Exception? _missing;

    public PodCluster() => _undisturbed = new(() =>
    {
        using var run = new LocalRun(Store, new PodNamespace(this, "undisturbed").Manifest("undisturbed"));
        return run.Weights;
    });

    internal ControlPlane Plane { get; } = new(given: null, new() { ["GROUP_VERSIONS"] = "", ["NODE_GRACE"] = $"{Grace}" });

    /// <summary>The store; skips the test as <see cref="Client"/> does.</summary>
    internal CephGateway Store => _missing is null ? _store : throw _missing;

    internal Node Node => _missing is null ? _node! : throw _missing;

    /// <summary>What went wrong so far, and what came of it.</summary>
    internal MarkdownTable Faults { get; } = new("pod-faults.md", "what was done", "what STATUS said from then on", "steps done twice", "GPU seconds held", "of them wasted");

    /// <summary>The weights that the usual run has in the end where nothing disturbs it.</summary>
    internal byte[] Undisturbed => _undisturbed.Value;

    /// <summary>An administrator's; skips the test where a part of the cluster cannot be had.</summary>
    internal ApiClient Client => _missing is null ? _client! : throw _missing;

    /// <summary>For the namespace of the operator.</summary>
    internal Kubectl Kubectl => KubectlFor(InstallationCluster.Namespace);

    internal Helm Helm => new(3, Plane.Kubeconfig);

    internal Kubectl KubectlFor(string ns) => new(Plane.Kubeconfig, ns);

    public async ValueTask InitializeAsync()
    {
        try
        {
            await StartAsync();
        }
        catch (Exception e)
        {
            await DisposeAsync();
            // A fixture cannot skip the tests that want it; they do so themselves.
            if (e is not Xunit.Sdk.SkipException) throw;
            _missing = e;
        }
    }

    /// <summary>Installs the chart, as its README says, and waits until the operator is ready.</summary>
    internal async Task InstallAsync()
    {
        await Helm.InstallAsync(Helm.Chart, "--set", "replicas=1");
        await Kubectl.RunAsync("", "rollout", "status", "deployment/inheritune-operator", "--timeout=60s");
    }

    /// <summary>A namespace with the Secret of the store.</summary>
    internal async Task<PodNamespace> CreateNamespaceAsync()
    {
        if (_missing is not null) throw _missing;
        var ns = new PodNamespace(this, await Plane.CreateNamespaceAsync());
        await ns.CreateSecretAsync(Secret, Store.AccessKey, Store.SecretKey);
        return ns;
    }

    internal static string Uri(string key) => $"s3://{Bucket}/{key}";

    /// <summary>A prefix of the bucket, from outside the cluster.</summary>
    internal S3Store Open(string key)
    {
        var options = new S3Options(Store.Endpoint, "us-east-1", new S3Credentials(Store.AccessKey, Store.SecretKey, ""), null, TimeSpan.FromSeconds(20));
        return new(new S3Client(options, SilentStatus.Instance, CancellationToken.None), S3Location.Parse(Uri(key), "test"));
    }

    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        _node?.Dispose();
        _store.Dispose();
        Plane.Dispose();
        return default;
    }

    private async Task StartAsync()
    {
        Store.SkipWhereMissing();
        _node = new Node(Plane.Folder, $"10.96.0.2:80={Store.Endpoint.Port}");
        _node.Start();
        _node.Import("operator", "trainer");
        _client = new ApiClient(Plane.Administrator);
        await InstallAsync();
        using var client = new MinioClient().WithEndpoint(Store.Endpoint).WithCredentials(Store.AccessKey, Store.SecretKey).WithRegion("us-east-1").Build();
        await client.MakeBucketAsync(new MakeBucketArgs().WithBucket(Bucket));
        var reference = Open("reference");
        foreach (var file in Directory.EnumerateFiles(SharedData.Path("checkpoints/stories260K"))) Put(reference, Path.GetFileName(file), File.ReadAllBytes(file));
        Put(Open("text"), "stories.txt", File.ReadAllBytes(SharedData.Path("corpora/tinystories-sample.txt")));
    }

    private static void Put(S3Store store, string key, byte[] content) => store.Write(key, stream => stream.Write(content));
}
