using System.Net;
using System.Text.Json;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.Trainer;
using Inheritune.Trainer.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>
/// Keys that nobody has to hand out. The token service is Ceph's, and the store takes only what that has given. The agent of a container
/// is a server on loopback that behaves as Amazon documents it, and what it hands out are such keys.
/// </summary>
[Collection(nameof(OneAtATime))]
public sealed class CredentialTests : IClassFixture<TokenGateway>, IDisposable
{
    /// <summary>None that the machine, or another test, may have.</summary>
    private static readonly string[] Names =
    [
        "INHERITUNE_S3_CREDENTIALS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
        "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD",
        "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_SESSION_NAME", "AWS_ENDPOINT_URL_STS",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    ];

    private readonly TokenGateway _gateway;
    private readonly Variables _none = new(Names.ToDictionary(name => name, _ => (string?)null));
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    public CredentialTests(TokenGateway gateway) => _gateway = gateway;

    public void Dispose()
    {
        _none.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_token_in_a_file_is_exchanged_for_keys_that_are_renewed_in_time_with_the_token_of_that_time()
    {
        using var proxy = new FaultyProxy(_gateway.Gateway.Endpoint);
        using var variables = Identity(proxy.Endpoint);
        var store = _gateway.Open(Find());
        store.Write("identity", stream => stream.Write("hello"u8));
        Assert.Equal(5, store.Stat("identity")!.Size);
        Assert.Single(store.List("identity"));
        Assert.Equal(1, Exchanges(proxy));

        _time.Advance(TimeSpan.FromMinutes(40));
        Assert.NotNull(store.Stat("identity"));
        Assert.Equal(1, Exchanges(proxy));

        var later = _gateway.Issuer.Token("team-a:later");
        _folder.Write("token", later);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.NotNull(store.Stat("identity"));
        Assert.Equal(2, Exchanges(proxy));
        Assert.Contains(later, proxy.Requests, StringComparison.Ordinal);
        Assert.Contains("RoleSessionName=trainer-1", proxy.Requests, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_that_is_its_own_token_service_is_asked_and_Amazon_has_one_for_each_region()
    {
        using (Identity(service: null))
        {
            Assert.Null(_gateway.Open(Find()).Stat("nothing"));
            Assert.Equal($"{_gateway.Gateway.Endpoint}", $"{CredentialChain.TokenService(_gateway.Gateway.Endpoint, "eu-west-1")}");
        }

        static string Service(string endpoint, string region) => $"{CredentialChain.TokenService(new(endpoint), region)}";
        Assert.Equal("https://sts.eu-west-1.amazonaws.com/", Service("https://s3.eu-west-1.amazonaws.com", "eu-west-1"));
        Assert.Equal("https://sts.cn-north-1.amazonaws.com.cn/", Service("https://s3.cn-north-1.amazonaws.com.cn", "cn-north-1"));
        using var broken = new Variables(new() { ["AWS_ENDPOINT_URL_STS"] = "sts.example" });
        Refused(ExitCode.InvalidInput, () => Service("https://minio.example", "any"), "AWS_ENDPOINT_URL_STS", "sts.example", "https://host");
    }

    [Fact]
    public void What_the_token_service_refuses_names_role_and_token_file_and_not_the_token()
    {
        using var variables = Identity(service: null);
        using (new Variables(new() { ["AWS_ROLE_ARN"] = "arn:aws:iam:::role/nobody" }))
            Denied("s3://tokens/x", "AWS_ROLE_ARN 'arn:aws:iam:::role/nobody'", _folder.File("token"), "AccessDenied", "audience");
        _folder.Write("token", _gateway.Issuer.Token("team-a:trainer", audience: "somebody-else"));
        Denied("AccessDenied", "AWS_WEB_IDENTITY_TOKEN_FILE");
        _folder.Write("token", " \n");
        Denied("AWS_WEB_IDENTITY_TOKEN_FILE", _folder.File("token"), "is empty");
        File.Delete(_folder.File("token"));
        Denied("AWS_WEB_IDENTITY_TOKEN_FILE", _folder.File("token"), "cannot be read");
        using var roleless = new Variables(new() { ["AWS_ROLE_ARN"] = null });
        var amazon = new Uri("https://s3.eu-west-1.amazonaws.com");
        Refused(ExitCode.StorageDenied, () => CredentialChain.Find(amazon, "eu-west-1", null, _time), "AWS_ROLE_ARN", "arn:aws:iam::");

        void Denied(params ReadOnlySpan<string> said) => Refused(ExitCode.StorageDenied, () => _gateway.Open(Find()).Stat("x"), said);
    }

    [Fact]
    public void A_token_service_that_is_away_is_waited_for_and_costs_nothing_while_the_old_keys_do()
    {
        using var proxy = new FaultyProxy(_gateway.Gateway.Endpoint);
        using var variables = Identity(proxy.Endpoint);
        var store = _gateway.Open(Find(), patience: 1);
        proxy.Answer("503 Service Unavailable", "<ErrorResponse><Error><Code>IDPCommunicationError</Code></Error></ErrorResponse>");
        Assert.Null(store.Stat("nothing"));

        proxy.IsDown = true;
        _time.Advance(TimeSpan.FromMinutes(50));
        Assert.Null(store.Stat("nothing"));
        _time.Advance(TimeSpan.FromMinutes(20));
        Refused(ExitCode.StorageUnavailable, () => store.Stat("nothing"), $"no credentials from {proxy.Endpoint}", "storage.retrySeconds");
        proxy.IsDown = false;
        Assert.Null(store.Stat("nothing"));
    }

    [Fact]
    public async Task The_agent_of_a_container_is_asked_once_by_all_threads_with_the_token_of_its_file()
    {
        _folder.Write("authorization", "the-agents-token\n");
        using var agent = await AgentAsync(keys => keys, "the-agents-token");
        using var variables = Container(agent);
        var store = _gateway.Open(Find());
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => store.Stat($"{i}"), TestContext.Current.CancellationToken)));
        Assert.Equal(1, agent.Asked);

        _folder.Write("authorization", "another");
        Refused(
            ExitCode.StorageDenied, () => _gateway.Open(Find()).Stat("x"),
            $"{agent.Address}v1/credentials", "401", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "service account");
    }

    [Fact]
    public async Task Keys_that_the_store_refuses_are_renewed_once_unless_they_are_new()
    {
        var (asked, good) = (0, 2);
        S3Keys Spoil(S3Keys keys) => Interlocked.Increment(ref asked) >= good ? keys : keys with { SessionToken = "expired" };
        using var agent = await AgentAsync(Spoil);
        using var variables = Container(agent);
        var store = _gateway.Open(Find());
        Refused(ExitCode.StorageDenied, () => store.Stat("x"), "access denied");
        Assert.Equal(1, asked);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(store.Stat("x"));
        Assert.Equal(2, asked);

        good = 9;
        _time.Advance(TimeSpan.FromHours(1));
        Refused(ExitCode.StorageDenied, () => store.Stat("x"), "access denied");
        Assert.Equal(3, asked);
    }

    [Theory]
    [InlineData("http://credentials.example/v1", "loopback")]
    [InlineData("http://169.254.169.254/latest", "loopback")]
    [InlineData("v1/credentials", "https URL")]
    public void Keys_in_the_clear_come_from_this_machine_alone(string address, string said)
    {
        using var variables = new Variables(new() { ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = address });
        Refused(ExitCode.InvalidInput, () => Find(), "AWS_CONTAINER_CREDENTIALS_FULL_URI", address, said);
    }

    [Theory]
    [InlineData("not json", "cannot be read")]
    [InlineData("{\"AccessKeyId\": \"a\"}", "has no SecretAccessKey")]
    [InlineData("[]", "cannot be read")]
    public void An_answer_that_holds_no_keys_is_named(string body, string said)
    {
        using var agent = new HttpAgent(_ => (HttpStatusCode.OK, body));
        using var variables = Container(agent);
        Refused(ExitCode.InvalidInput, () => _gateway.Open(Find()).Stat("x"), $"{agent.Address}v1/credentials", said);
    }

    [Fact]
    public void Files_go_before_variables_variables_before_an_identity_and_an_identity_before_an_agent()
    {
        Refused(
            ExitCode.StorageDenied, () => Find(),
            "INHERITUNE_S3_CREDENTIALS", "AWS_ACCESS_KEY_ID", "MINIO_ROOT_USER", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CRED");
        using var relative = new Variables(new() { ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/1" });
        Assert.Equal("http://169.254.170.2/v2/credentials/1 (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)", Find().Source);
        using var identity = Identity(service: null);
        Assert.Contains("AWS_WEB_IDENTITY_TOKEN_FILE", Find().Source, StringComparison.Ordinal);
        using var keys = new Variables(new() { ["AWS_ACCESS_KEY_ID"] = "a", ["AWS_SECRET_ACCESS_KEY"] = "b" });
        Assert.Equal("AWS_ACCESS_KEY_ID", Find().Source);
        using var files = new Variables(new() { ["INHERITUNE_S3_CREDENTIALS"] = _folder.Path });
        Refused(ExitCode.StorageDenied, () => Find(), _folder.File("accessKeyId"), "INHERITUNE_S3_CREDENTIALS");
        _folder.Write("accessKeyId", "a");
        _folder.Write("secretAccessKey", "b");
        Assert.Contains(_folder.Path, Find().Source, StringComparison.Ordinal);
    }

    private S3Credentials Find() => CredentialChain.Find(_gateway.Gateway.Endpoint, "us-east-1", null, _time);

    private Variables Identity(Uri? service)
    {
        var token = _folder.Write("token", _gateway.Issuer.Token("team-a:trainer") + "\n");
        return new(new()
        {
            ["AWS_ROLE_ARN"] = TokenGateway.Role,
            ["AWS_WEB_IDENTITY_TOKEN_FILE"] = token,
            ["AWS_ROLE_SESSION_NAME"] = "trainer-1",
            ["AWS_ENDPOINT_URL_STS"] = service?.ToString(),
        });
    }

    private Variables Container(HttpAgent agent) => new(new()
    {
        ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = $"{agent.Address}v1/credentials",
        ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = File.Exists(_folder.File("authorization")) ? _folder.File("authorization") : null,
    });

    /// <summary>An agent that hands out keys of Ceph's token service, each time others.</summary>
    private async Task<HttpAgent> AgentAsync(Func<S3Keys, S3Keys> change, string token = "")
    {
        using var variables = Identity(service: null);
        var service = new WebIdentityKeys(_gateway.Gateway.Endpoint, TokenGateway.Role, _folder.File("token"), "agent", null);
        var keys = new[] { await Fetch(), await Fetch(), await Fetch() };
        var next = -1;
        return new(context =>
        {
            if ((context.Request.Headers["Authorization"] ?? "") != token) return (HttpStatusCode.Unauthorized, "no such token");
            var found = change(keys[Interlocked.Increment(ref next) % keys.Length]);
            var end = _time.GetUtcNow().AddHours(1).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
            var (access, secret, session) = (found.AccessKey, found.SecretKey, found.SessionToken);
            var answer = new { AccessKeyId = access, SecretAccessKey = secret, Token = session, Expiration = end };
            return (HttpStatusCode.OK, JsonSerializer.Serialize(answer));
        });

        Task<S3Keys> Fetch() => service.FetchAsync(TestContext.Current.CancellationToken);
    }

    private static int Exchanges(FaultyProxy proxy) => proxy.Requests.Split("Action=AssumeRoleWithWebIdentity").Length - 1;

    private void Refused(ExitCode code, Action action, params ReadOnlySpan<string> said)
    {
        var error = Assert.Throws<RunException>(action);
        TestContext.Current.TestOutputHelper?.WriteLine(error.Message);
        Assert.Equal(code, error.Code);
        foreach (var part in said) Assert.Contains(part, error.Message, StringComparison.Ordinal);
        if (File.Exists(_folder.File("token")) && File.ReadAllText(_folder.File("token")).Trim() is { Length: > 0 } token)
            Assert.DoesNotContain(token, error.Message, StringComparison.Ordinal);
    }
}
