using System.Diagnostics;
using System.Security.Cryptography;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.EndToEnd.Tests.Runs;
using Inheritune.Trainer;
using Inheritune.Trainer.Reporting;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Training;
using Microsoft.Extensions.Time.Testing;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>Whole runs whose reference, data and output are in the store.</summary>
[Collection(nameof(OneAtATime))]
public sealed class S3RunTests : IDisposable
{
    private const string Training = "steps: 8, microBatchSize: 2, gradientAccumulationSteps: 2, logEverySteps: 1, dropout: \"0.1\"";

    private readonly S3Server _server;
    private readonly SampleRun _sample = new("GPT2", Training);
    private readonly Variables _variables;
    private readonly string _place = $"runs-{Guid.NewGuid():n}";
    private readonly S3Store _store;

    public S3RunTests(S3Server server)
    {
        _server = server;
        _variables = server.SetVariables();
        _store = server.Open(_place);
        foreach (var file in Directory.EnumerateFiles(_sample.Folder("reference/model"))) Put($"reference/{Path.GetFileName(file)}", File.ReadAllBytes(file));
        Put("text.txt", File.ReadAllBytes(_sample.Folder("text.txt")));
    }

    public void Dispose()
    {
        _variables.Dispose();
        _sample.Dispose();
    }

    [Fact]
    public void A_run_with_everything_in_the_store_gives_what_a_run_with_files_gives()
    {
        var local = _sample.Execute("local", SilentStatus.Instance, CancellationToken.None);
        var stored = Execute("out", SilentStatus.Instance, CancellationToken.None);

        Assert.Equal(Figures(local), Figures(stored));
        Assert.Equal(Local("local"), Stored("out"));
        Assert.Equal(_server.Uri($"{_place}/out/model"), stored.ModelFolder);
        Assert.Equal(_server.Uri($"{_place}/out/report.html"), stored.ReportPath);
        Assert.Equal(
            Directory.EnumerateFiles(_sample.Folder("local/model")).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            _store.List("out/model/").Select(file => Path.GetFileName(file.Key)).Order(StringComparer.Ordinal));
        Assert.Equal(2, Checkpoints("out").Length);
        _server.KeepsSecrets(string.Concat(_store.List("out/").Where(file => file.Size < 1 << 20).Select(file => Text(file.Key))));

        var before = _store.List("");
        var again = Execute("out", SilentStatus.Instance, CancellationToken.None);
        Assert.True(again.AlreadyComplete);
        Assert.Equal(Figures(stored), Figures(again));
        Assert.Equal(before, _store.List(""));

        var other = Assert.Throws<RunException>(() => Execute("out", SilentStatus.Instance, CancellationToken.None, "training.seed=2"));
        Assert.Equal(ExitCode.InvalidInput, other.Code);
        Assert.Contains("training.seed: 1337 -> 2", other.Message, StringComparison.Ordinal);
        Assert.Equal(before, _store.List(""));
        Assert.Empty(Scratch());
    }

    [Fact]
    public void The_status_has_the_digests_of_what_is_in_the_store()
    {
        var heard = new Heard();
        var results = Execute("out", heard, CancellationToken.None).Results;

        var folder = Directory.CreateDirectory(_sample.Folder("copy")).FullName;
        foreach (var file in _store.List("out/model/")) File.WriteAllBytes(Path.Combine(folder, Path.GetFileName(file.Key)), Bytes(file.Key));
        Assert.Equal(Digest("sha256sum * | sha256sum", folder), results.Artifact!.Sha256);
        Assert.Equal(Digest(Bytes("out/report.html")), results.Report!.Sha256);
        var checkpoint = heard.Reports.Select(report => report.Checkpoint).Last(checkpoint => checkpoint is not null)!;
        Assert.Equal(Digest(Bytes($"{checkpoint.Uri![_server.Uri($"{_place}/").Length..]}/checkpoint.json")), checkpoint.Sha256);
        Assert.InRange(checkpoint.SaveSeconds!.Value, 1, 60);

        Assert.Equivalent(results, Execute("out", SilentStatus.Instance, CancellationToken.None).Results);
    }

    [Fact]
    public void A_run_stopped_in_its_tasks_has_its_model_in_the_store_and_keeps_its_answers()
    {
        Directory.CreateDirectory(_sample.Folder("tasks"));
        File.WriteAllText(_sample.Folder("tasks/piqa.jsonl"), """{"goal": "g", "sol1": "a line", "sol2": "nothing", "label": 0}""");
        string[] tasks = ["evaluation.tasks=piqa", $"evaluation.dataUri={_sample.Folder("tasks")}"];
        using var stop = new StopAtEvent(1, "Evaluating the target on piqa");
        Assert.Throws<OperationCanceledException>(() => Execute("tasks", stop, stop.Token, tasks));
        Assert.NotEmpty(Bytes("tasks/model/model.safetensors"));
        Assert.Single(_store.List("tasks/evaluation/likelihoods-"));

        var heard = new Heard();
        var results = Execute("tasks", heard, CancellationToken.None, tasks).Results;
        Assert.Contains("the reference: 2 of 2 answers are there already", heard.Text, StringComparison.Ordinal);
        Assert.Equal(2, _store.List("tasks/evaluation/likelihoods-").Count);
        // The model is told of before the report is there.
        Assert.Contains(heard.Reports, report => report.Results is { Artifact: { } artifact, Report: null } && artifact.Sha256 == results.Artifact!.Sha256);
    }

    [Fact]
    public void A_run_stopped_at_any_of_its_reports_and_continued_elsewhere_ends_bit_identical()
    {
        _sample.Execute("local", SilentStatus.Instance, CancellationToken.None);
        var expected = Local("local");
        using var all = new StopAtEvent(0);
        Execute("whole", all, CancellationToken.None);
        for (var n = 2; n <= all.Events; n += 11)
        {
            using var stop = new StopAtEvent(n);
            try
            {
                Execute($"stopped-{n}", stop, stop.Token);
            }
            catch (OperationCanceledException)
            {
                Execute($"stopped-{n}", SilentStatus.Instance, CancellationToken.None);
            }

            Assert.True(expected.SequenceEqual(Stored($"stopped-{n}")), $"differs after a stop at report {n}: {stop.Where}");
        }
    }

    [Fact]
    public void A_process_that_was_thought_dead_and_has_lost_its_run_ends_without_a_trace()
    {
        _sample.Execute("local", SilentStatus.Instance, CancellationToken.None);
        IReadOnlyList<ObjectInfo>? after = null;
        var later = new FakeTimeProvider(DateTimeOffset.UtcNow + TimeSpan.FromHours(1));
        var once = new OnReport("step 5/", () =>
        {
            Execute("contested", SilentStatus.Instance, later, CancellationToken.None);
            after = _store.List("contested/");
        });

        var loser = Assert.Throws<RunException>(() => Execute("contested", once, CancellationToken.None));
        Assert.Equal((ExitCode.InvalidInput, ConditionReasons.OutputOccupied), (loser.Code, loser.Reason));
        Assert.Contains("spec.output.uri", loser.Message, StringComparison.Ordinal);
        Assert.Contains("taken over by another process", loser.Message, StringComparison.Ordinal);
        Assert.Equal(Local("local"), Stored("contested"));
        Assert.Equal(OfOthers(after!), OfOthers(_store.List("contested/")));
        Assert.Empty(Scratch());

        static IEnumerable<ObjectInfo> OfOthers(IEnumerable<ObjectInfo> files) =>
            files.Where(file => !file.Key.Contains("attempt-1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("weights.safetensors", "flip")]
    [InlineData("optimizer.safetensors", "cut")]
    [InlineData("checkpoint.json", "cut")]
    [InlineData("weights.safetensors", "remove")]
    [InlineData("checkpoint.json", "remove")]
    public void A_damaged_checkpoint_is_passed_over_with_a_warning(string file, string damage)
    {
        _sample.Execute("local", SilentStatus.Instance, CancellationToken.None);
        using var stop = new StopAtEvent(1, "step 7/");
        Assert.Throws<OperationCanceledException>(() => Execute("damaged", stop, stop.Token));
        var found = Checkpoints("damaged");
        Assert.Equal(2, found.Length);

        var key = $"damaged/{found[0]}{file}";
        var bytes = Bytes(key);
        bytes[^1] ^= 1;
        if (damage == "remove") _store.Delete(key);
        else Put(key, damage == "cut" ? bytes[..^7] : bytes);

        var heard = new Heard();
        Execute("damaged", heard, CancellationToken.None);
        Assert.Contains($"{found[0]} is damaged", heard.Text, StringComparison.Ordinal);
        Assert.Contains("Continuing at step", heard.Text, StringComparison.Ordinal);
        Assert.Equal(Local("local"), Stored("damaged"));
        Assert.Equal(2, Checkpoints("damaged").Length);
    }

    [Fact]
    public void A_store_that_is_away_for_most_of_the_training_costs_no_step()
    {
        _sample.Execute("local", SilentStatus.Instance, CancellationToken.None);
        using var proxy = new FaultyProxy(_server.Endpoint);
        var away = new OnReport("step 2/", () => proxy.IsDown = true);
        var back = new OnReport("step 7/", () =>
        {
            WaitUntil(() => away.Text.Contains("trying again", StringComparison.Ordinal));
            proxy.IsDown = false;
        }, away);
        Execute("away", back, CancellationToken.None, $"storage.endpoint={proxy.Endpoint}", "storage.retrySeconds=60");
        Assert.Equal(Local("local"), Stored("away"));
        Assert.Contains("trying again", back.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Continuing", back.Text, StringComparison.Ordinal);
        _server.KeepsSecrets(back.Text);
    }

    [Fact]
    public void A_store_that_stays_away_ends_the_run_as_unavailable_and_the_same_command_continues()
    {
        _sample.Execute("local", SilentStatus.Instance, CancellationToken.None);
        using var proxy = new FaultyProxy(_server.Endpoint);
        var away = new OnReport("step 5/", () =>
        {
            WaitUntil(() => HasCheckpoint("lost"));
            proxy.IsDown = true;
        });
        var failure = Assert.Throws<RunException>(() => Execute("lost", away, CancellationToken.None, $"storage.endpoint={proxy.Endpoint}", "storage.retrySeconds=1"));
        Assert.True(failure.Code == ExitCode.StorageUnavailable, failure.Message);
        Assert.Contains("spec.storage.retrySeconds", failure.Message, StringComparison.Ordinal);

        var heard = new Heard();
        Execute("lost", heard, CancellationToken.None);
        Assert.Contains("Continuing at step", heard.Text, StringComparison.Ordinal);
        Assert.Equal(Local("local"), Stored("lost"));
    }

    [Fact]
    public void Buckets_may_be_in_the_host_name()
    {
        var hosts = _sample.Folder("hosts");
        using var proxy = new FaultyProxy(_server.WithNames);
        File.WriteAllText(hosts, $"127.0.0.1 s3.test {S3Server.Bucket}.s3.test\n");
        Directory.CreateDirectory(_sample.Folder("cache"));
        _sample.Execute("local", SilentStatus.Instance, CancellationToken.None);
        var result = TrainerProcess.RunWithMounts(_sample.Folder("cache"), "hosts=$1; shift; mount --bind \"$hosts\" /etc/hosts && trainer \"$@\"",
            [
                hosts, "run", _sample.Manifest, "--set", $"storage.endpoint=http://s3.test:{proxy.Endpoint.Port}", "--set", "storage.addressingStyle=VirtualHost", "--set", $"reference.uri={_server.Uri($"{_place}/reference")}",
                "--set", $"dataset.uri={_server.Uri($"{_place}/text.txt")}", "--set", $"output.uri={_server.Uri($"{_place}/virtual")}",
            ]);
        result.ShouldSucceed();
        Assert.Equal(Local("local"), Stored("virtual"));
        Assert.Contains($"Host: {S3Server.Bucket}.s3.test", proxy.Requests, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain($" /{S3Server.Bucket}", proxy.Requests, StringComparison.Ordinal);
    }

    private RunOutcome Execute(string output, IRunStatus status, CancellationToken stop, params string[] more) =>
        Execute(output, status, TimeProvider.System, stop, more);

    private RunOutcome Execute(string output, IRunStatus status, TimeProvider time, CancellationToken stop, params string[] more) =>
        _sample.Execute(
        [
            $"reference.uri={_server.Uri($"{_place}/reference")}", $"dataset.uri={_server.Uri($"{_place}/text.txt")}", $"output.uri={_server.Uri($"{_place}/{output}")}",
            .. more,
        ], status, stop, time);

    private bool HasCheckpoint(string output)
    {
        try
        {
            return Text($"{output}/run.json").Contains("attempt-1/", StringComparison.Ordinal);
        }
        catch (RunException e) when (e.MayPass)
        {
            // The run has written it at that moment.
            return false;
        }
    }

    private static void WaitUntil(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromMinutes(1)), "did not happen");

    private string[] Checkpoints(string output) =>
        [.. _store.List($"{output}/checkpoints/").Select(file => file.Key[(output.Length + 1)..(file.Key.LastIndexOf('/') + 1)]).Distinct().OrderDescending(StringComparer.Ordinal)];

    /// <summary>What a run computes: exported weights and the curves.</summary>
    private IEnumerable<string> Stored(string output) =>
        Fingerprint(Bytes($"{output}/model/model.safetensors"), MetricsFile.Read(_store, $"{output}/metrics.jsonl"));

    private IEnumerable<string> Local(string output) =>
        Fingerprint(File.ReadAllBytes(_sample.Folder($"{output}/model/model.safetensors")), MetricsFile.Read(_sample.Folder($"{output}/metrics.jsonl")));

    private static IEnumerable<string> Fingerprint(byte[] weights, IReadOnlyList<MetricPoint> metrics) =>
        [Convert.ToHexString(SHA256.HashData(weights)), .. metrics.Select(p => FormattableString.Invariant($"step {p.Step} loss {p.Loss:R} validation {p.ValidationLoss:R} norm {p.GradientNorm:R}"))];

    private static IEnumerable<(string, double)> Figures(RunOutcome outcome) => outcome.Report.Results.Select((ResultRow row) => (row.Model, row.Loss));

    private static string Digest(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>That of the first word which the tool prints.</summary>
    private static string Digest(string command, string folder)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = folder, RedirectStandardOutput = true, Environment = { ["LC_ALL"] = "C" } })!;
        return "sha256:" + shell.StandardOutput.ReadToEnd().Split(' ')[0];
    }

    private static IEnumerable<string> Scratch() =>
        Directory.Exists(Path.Combine(Environment.GetEnvironmentVariable("INHERITUNE_CACHE")!, "scratch")) ? Directory.EnumerateDirectories(Path.Combine(Environment.GetEnvironmentVariable("INHERITUNE_CACHE")!, "scratch")) : [];

    private void Put(string key, byte[] content) => _store.Write(key, stream => stream.Write(content));

    private byte[] Bytes(string key)
    {
        // Another writer may have replaced what was seen before.
        _store.Stat(key);
        using var stream = _store.OpenRead(key);
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return buffer.ToArray();
    }

    private string Text(string key) => System.Text.Encoding.UTF8.GetString(Bytes(key));
}
