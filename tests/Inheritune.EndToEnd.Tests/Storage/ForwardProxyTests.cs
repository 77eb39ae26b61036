using Inheritune.EndToEnd.Tests.Commands;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>A store that only a proxy reaches.</summary>
[Collection(nameof(OneAtATime))]
public sealed class ForwardProxyTests
{
    [Fact]
    public void Requests_go_by_the_proxy_of_the_environment_except_where_it_says_no()
    {
        using var gateway = CephGateway.Start(secured: true);
        gateway.SkipWhereMissing();
        using var proxy = new ForwardProxy();
        using var folder = new TemporaryFolder();
        string Inspect(string environment)
        {
            // Nothing is there, which only the store itself can say.
            return TrainerProcess.RunInShell(folder.Path, $"""
                export AWS_ENDPOINT_URL={gateway.Endpoint} AWS_CA_BUNDLE={gateway.AuthorityFile}
                export AWS_ACCESS_KEY_ID={gateway.AccessKey} AWS_SECRET_ACCESS_KEY={gateway.SecretKey} {environment}
                trainer inspect s3://nothing/there
                """).Error;
        }

        Assert.Contains("no such bucket", Inspect($"HTTPS_PROXY={proxy.Address}"), StringComparison.Ordinal);
        Assert.Equal([gateway.Endpoint.Authority], proxy.Tunnels.Distinct());
        var before = proxy.Tunnels.Count;
        var direct = Inspect($"HTTPS_PROXY={proxy.Address} NO_PROXY={gateway.Endpoint.Host}");
        Assert.Contains("no such bucket", direct, StringComparison.Ordinal);
        Assert.Equal(before, proxy.Tunnels.Count);
    }
}
