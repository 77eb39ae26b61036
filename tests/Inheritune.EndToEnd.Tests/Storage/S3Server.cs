using System.Net.NetworkInformation;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Minio;
using Minio.DataModel.Args;

[assembly: AssemblyFixture(typeof(Inheritune.EndToEnd.Tests.Storage.S3Server))]

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>
/// A real S3 server: the one that <c>INHERITUNE_TEST_S3_ENDPOINT</c>, <c>_ACCESS_KEY</c> and <c>_SECRET_KEY</c> name, such as a MinIO, else
/// a Ceph gateway that <c>tests/infra/ceph-rgw.sh</c> starts when a test first asks for one.
/// </summary>
public sealed class S3Server : IDisposable
{
    public const string Bucket = "inheritune-tests";

    private const string Gateway = "ceph-rgw.sh";

    private readonly Lazy<(Uri Endpoint, string AccessKey, string SecretKey)> _access;
    private readonly string _root = $"{Guid.NewGuid():n}";
    private DirectoryInfo? _folder;
    private string? _missing;

    public S3Server() => _access = new(Start);

    /// <summary>The server's URL; skips the test where there is none.</summary>
    public Uri Endpoint => Access.Endpoint;

    public string AccessKey => Access.AccessKey;

    public string SecretKey => Access.SecretKey;

    private (Uri Endpoint, string AccessKey, string SecretKey) Access
    {
        get
        {
            var access = _access.Value;
            Assert.SkipWhen(_missing is not null, _missing ?? "");
            return access;
        }
    }

    /// <summary>URI of a prefix that no other run of the tests uses.</summary>
    public string Uri(string name) => $"s3://{Bucket}/{_root}/{name}";

    /// <summary>Options for this server, impatient enough for a test.</summary>
    internal S3Options Options(Uri? endpoint = null, double patience = 20) =>
        new(endpoint ?? Endpoint, "us-east-1", new S3Credentials(AccessKey, SecretKey, ""), null, TimeSpan.FromSeconds(patience)) { Stall = TimeSpan.FromSeconds(1) };

    /// <summary>The store of a prefix.</summary>
    internal S3Store Open(string name, S3Options? options = null, IRunStatus? status = null) =>
        new(new S3Client(options ?? Options(), status ?? SilentStatus.Instance, TestContext.Current.CancellationToken), S3Location.Parse(Uri(name), "test"));

    /// <summary>The variables by which people name server and credentials.</summary>
    public Variables SetVariables(string secretKey = "") => new(new()
    {
        ["AWS_ENDPOINT_URL"] = Endpoint.ToString(),
        ["AWS_ACCESS_KEY_ID"] = AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = secretKey.Length > 0 ? secretKey : SecretKey,
    });

    public void Dispose()
    {
        if (!_access.IsValueCreated) return;
        if (_folder is null)
        {
            RemoveObjects();
            return;
        }

        InfrastructureScript.Run(Gateway, "stop", _folder.FullName);
        if (Directory.Exists(_folder.FullName)) _folder.Delete(recursive: true);
    }

    /// <summary>A server that belongs to someone is left as it was found, but for the empty bucket.</summary>
    private void RemoveObjects()
    {
        using var client = new S3Client(Options(), SilentStatus.Instance, CancellationToken.None);
        var store = new S3Store(client, S3Location.Parse(Uri(""), "test"));
        foreach (var found in store.List("")) store.Delete(found.Key);
    }

    private (Uri, string, string) Start()
    {
        var access = FromEnvironment() ?? FromScript();
        if (_missing is not null) return access;
        using var client = new MinioClient().WithEndpoint(access.Endpoint).WithSSL(access.Endpoint.Scheme == "https").WithRegion("us-east-1").WithCredentials(access.AccessKey, access.SecretKey).Build();
        if (!client.BucketExistsAsync(new BucketExistsArgs().WithBucket(Bucket)).GetAwaiter().GetResult())
            client.MakeBucketAsync(new MakeBucketArgs().WithBucket(Bucket)).GetAwaiter().GetResult();
        return access;
    }

    private static (Uri Endpoint, string AccessKey, string SecretKey)? FromEnvironment()
    {
        string Of(string name) => Environment.GetEnvironmentVariable($"INHERITUNE_TEST_S3_{name}") ?? "";
        return Of("ENDPOINT") is { Length: > 0 } endpoint ? (new Uri(endpoint), Of("ACCESS_KEY"), Of("SECRET_KEY")) : null;
    }

    private (Uri Endpoint, string AccessKey, string SecretKey) FromScript()
    {
        _folder = Directory.CreateTempSubdirectory("inheritune-s3-");
        var (code, output, error) = InfrastructureScript.Run(Gateway, "start", _folder.FullName, $"{FreePort()}");
        if (code == InfrastructureScript.NotAvailable)
        {
            _missing = error.Trim();
            return (new Uri("http://127.0.0.1"), "", "");
        }

        Assert.True(code == 0, $"{Gateway} ended with exit code {code}:\n{error}");
        var values = InfrastructureScript.Values(output);
        return (new Uri(values["S3_URL"]), values["S3_ACCESS_KEY"], values["S3_SECRET_KEY"]);
    }

    /// <summary>The first of 41 ports that nobody listens on, below those that the kernel gives away.</summary>
    private static int FreePort()
    {
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(e => e.Port).ToHashSet();
        var first = 20_000 + Environment.ProcessId % 200 * 50;
        return Enumerable.Range(0, 40).Select(i => first + 50 * i).First(port => !Enumerable.Range(port, 41).Any(taken.Contains));
    }
}
