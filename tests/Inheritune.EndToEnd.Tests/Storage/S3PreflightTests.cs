using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>A preflight with everything in the store.</summary>
[Collection(nameof(OneAtATime))]
public sealed class S3PreflightTests : IDisposable
{
    private readonly S3Server _server;
    private readonly Workplace _work = new();
    private readonly Variables _variables;
    private readonly string _place = $"preflight-{Guid.NewGuid():n}";
    private readonly IReadOnlyList<string> _stored;

    public S3PreflightTests(S3Server server)
    {
        _server = server;
        _variables = server.SetVariables();
        var store = server.Open(_place);
        foreach (var file in Directory.EnumerateFiles(_work.Reference)) Put($"reference/{Path.GetFileName(file)}", file);
        Put("data.bin", _work.File("data.bin"));
        _stored = Stored();

        void Put(string key, string file) => store.Write(key, stream => stream.Write(File.ReadAllBytes(file)));
    }

    public void Dispose()
    {
        _variables.Dispose();
        _work.Dispose();
    }

    [Fact]
    public void A_run_that_can_work_is_foretold_by_headers_alone_and_leaves_nothing_in_the_store()
    {
        using var proxy = new FaultyProxy(_server.Endpoint);
        using var variables = new Variables(new() { ["AWS_ENDPOINT_URL"] = proxy.Endpoint.ToString() });
        var found = Preflight().ShouldSucceed();
        Assert.Equal(3, found.Json.GetProperty("forecast").GetProperty("steps").GetInt32());
        Assert.InRange(proxy.Bytes, 1, found.Json.GetProperty("forecast").GetProperty("referenceBytes").GetInt64() / 2);
        // A checkpoint on its way, and the data as it comes: the output takes nothing here.
        var disk = found.Json.GetProperty("forecast").GetProperty("disk");
        Assert.All(disk.GetProperty("parts").EnumerateArray(), part => Assert.Equal(Environment.GetEnvironmentVariable("INHERITUNE_CACHE"), part.GetProperty("folder").GetString()));
        Assert.InRange(disk.GetProperty("peakBytes").GetInt64(), found.Json.GetProperty("forecast").GetProperty("checkpointBytes").GetInt64(), found.Json.GetProperty("forecast").GetProperty("checkpointBytes").GetInt64() + (2 << 20));
        Assert.Equal(_stored, Stored());
        Assert.Equal(2, proxy.Requests.Split("PUT ").Length - 1);
        Assert.Equal(1, proxy.Requests.Split("DELETE ").Length - 1);
        Assert.Contains("Credentials for s3:// come from AWS_ACCESS_KEY_ID", found.Error, StringComparison.Ordinal);
        _server.KeepsSecrets(found.Output + found.Error);
    }

    [Fact]
    public void A_finished_run_is_said_to_be_complete()
    {
        CommandLine.Run(["run", .. Arguments()]).ShouldSucceed();
        var before = Stored();
        var found = Preflight().ShouldSucceed().Json;
        Assert.True(found.GetProperty("alreadyComplete").GetBoolean());
        Assert.Equal(_server.Uri($"{_place}/out/model"), found.GetProperty("results").GetProperty("artifact").GetProperty("uri").GetString());
        Assert.Equal(_server.Uri($"{_place}/out/report.html"), found.GetProperty("results").GetProperty("report").GetProperty("uri").GetString());
        Preflight("--set", "training.seed=2").ShouldFail(ExitCode.InvalidInput, "spec.output.uri", "training.seed: 1337 -> 2");
        Assert.Equal(before, Stored());
    }

    [Fact]
    public void A_probe_that_a_killed_preflight_has_left_is_in_nobodys_way()
    {
        var store = _server.Open($"{_place}/out");
        store.Write(".preflight-0", stream => stream.WriteByte(1));
        Preflight().ShouldSucceed();
        CommandLine.Run(["run", .. Arguments()]).ShouldSucceed();
    }

    [Fact]
    public void What_cannot_work_is_refused_in_one_message()
    {
        Preflight("--set", "output.uri=s3://no-such-bucket-here/out").ShouldFail(ExitCode.InvalidInput, "s3://no-such-bucket-here/out", "no such bucket");
        Preflight("--set", $"reference.uri={_server.Uri("nothing")}").ShouldFail(ExitCode.InvalidInput, "spec.reference.uri", "config.json");
        Preflight("--set", $"dataset.uri={_server.Uri("nothing")}").ShouldFail(ExitCode.InvalidInput, "spec.dataset.uri", "no such file");
        Preflight("--set", $"output.uri={_server.Uri($"{_place}/reference")}").ShouldFail(ExitCode.InvalidInput, "spec.output.uri", "holds files of something else");
        using (_server.SetVariables(secretKey: "a-wrong-secret-key"))
            _server.KeepsSecrets(Preflight().ShouldFail(ExitCode.StorageDenied, "access denied").Error);
        using (new Variables(new() { ["AWS_SECRET_ACCESS_KEY"] = null }))
            Preflight().ShouldFail(ExitCode.StorageDenied, "no credentials");
        Assert.Equal(_stored, Stored());
    }

    private string[] Arguments() =>
        [_work.Manifest, "--device", "cpu", "-o", "json", "--set", $"reference.uri={_server.Uri($"{_place}/reference")}", "--set", $"dataset.uri={_server.Uri($"{_place}/data.bin")}", "--set", $"output.uri={_server.Uri($"{_place}/out")}"];

    private CommandResult Preflight(params string[] more) => CommandLine.Run(["preflight", .. Arguments(), .. more]);

    private List<string> Stored() => [.. _server.Open(_place).List("").Select(file => $"{file.Key} {file.Version}")];
}
