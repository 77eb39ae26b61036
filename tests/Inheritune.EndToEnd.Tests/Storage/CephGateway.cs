using System.Net.NetworkInformation;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>A Ceph gateway of its own, run by <c>tests/infra/ceph-rgw.sh</c>, that can be killed and paused.</summary>
internal sealed class CephGateway(bool secured, bool givesTokens) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inheritune-s3-");
    private readonly int _port = FreePort();
    private string? _missing;

    public Uri Endpoint { get; private set; } = new("http://127.0.0.1");

    public string AccessKey { get; private set; } = "";

    public string SecretKey { get; private set; } = "";

    /// <summary>Certificate of the authority that the server's comes from; empty without TLS.</summary>
    public string AuthorityFile { get; private set; } = "";

    public bool IsMissing => _missing is not null;

    /// <param name="secured">Whether it speaks TLS.</param>
    /// <param name="givesTokens">Whether it is a token service as well.</param>
    public static CephGateway Start(bool secured = false, bool givesTokens = false)
    {
        var gateway = new CephGateway(secured, givesTokens);
        gateway.Run();
        return gateway;
    }

    public void SkipWhereMissing() => Assert.SkipWhen(IsMissing, _missing ?? "");

    /// <summary>Connections are refused from now on.</summary>
    public void Kill() => Script("kill-rgw", _folder.FullName);

    /// <summary>Ends <see cref="Kill"/>.</summary>
    public void Revive() => Assert.Equal(0, Script("start", _folder.FullName, $"{_port}").Code);

    /// <summary>Requests hang from now on.</summary>
    public void Pause() => Script("pause-osd", _folder.FullName);

    /// <summary>Ends <see cref="Pause"/>.</summary>
    public void Resume() => Script("resume-osd", _folder.FullName);

    /// <summary>Takes no more than so many bytes from now on.</summary>
    public void Limit(long bytes)
    {
        Administer("quota", "set", "--quota-scope=user", "--uid=test", $"--max-size={bytes}");
        Administer("quota", "enable", "--quota-scope=user", "--uid=test");
    }

    /// <summary>Ends <see cref="Limit"/>.</summary>
    public void EndLimit() => Administer("quota", "disable", "--quota-scope=user", "--uid=test");

    /// <summary>Denies everything from now on.</summary>
    public void Suspend() => Administer("user", "suspend", "--uid=test");

    /// <summary>Ends <see cref="Suspend"/>.</summary>
    public void Admit() => Administer("user", "enable", "--uid=test");

    /// <summary>Another user, whom the buckets of the first do not concern.</summary>
    public void AddUser(string name, string accessKey, string secretKey) =>
        Administer("user", "create", $"--uid={name}", $"--display-name={name}", $"--access-key={accessKey}", $"--secret-key={secretKey}");

    public void Dispose()
    {
        Script("stop", _folder.FullName);
        if (Directory.Exists(_folder.FullName)) _folder.Delete(recursive: true);
    }

    private void Run()
    {
        var (code, output, error) = Script("start", _folder.FullName, $"{_port}");
        if (code == InfrastructureScript.NotAvailable)
        {
            _missing = error.Trim();
            return;
        }

        Assert.True(code == 0, $"ceph-rgw.sh ended with exit code {code}:\n{error}");
        var values = InfrastructureScript.Values(output);
        (Endpoint, AccessKey, SecretKey, AuthorityFile) = (new Uri(values["S3_URL"]), values["S3_ACCESS_KEY"], values["S3_SECRET_KEY"], values["S3_CA_FILE"]);
    }

    /// <summary>What <c>radosgw-admin</c> does.</summary>
    public void Administer(params string[] arguments)
    {
        var (code, _, error) = Script(["admin", _folder.FullName, .. arguments]);
        Assert.True(code == 0, error);
    }

    /// <summary>The first of 41 ports that nobody listens on, below those that the kernel gives away.</summary>
    private static int FreePort()
    {
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(e => e.Port).ToHashSet();
        var first = 20_000 + Environment.ProcessId % 200 * 50;
        return Enumerable.Range(0, 40).Select(i => first + 50 * i).First(port => !Enumerable.Range(port, 41).Any(taken.Contains));
    }

    private (int Code, string Output, string Error) Script(params string[] arguments) =>
        InfrastructureScript.Run("ceph-rgw.sh", new() { ["TLS"] = secured ? "1" : "0", ["STS"] = givesTokens ? "1" : "" }, arguments);
}
