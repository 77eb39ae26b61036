using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.Trainer;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Microsoft.Extensions.Time.Testing;
using static TorchSharp.torch;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>Two processes that want one prefix. The one that lives keeps it, and is known by its heartbeat.</summary>
[Collection(nameof(OneAtATime))]
public sealed class OutputOwnerTests : IDisposable
{
    private readonly S3Server _server;
    private readonly Workplace _work = new();
    private readonly Variables _variables;
    private readonly Variables _words;
    private readonly List<StoreFactory> _stores = [];
    private readonly string _place = $"owners-{Guid.NewGuid():n}";
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    public OutputOwnerTests(S3Server server)
    {
        _server = server;
        _variables = server.SetVariables();
        _words = new(new() { ["INHERITUNE_TERMINATION_LOG"] = _work.Write("last-words", "") });
    }

    public void Dispose()
    {
        foreach (var stores in _stores) stores.Dispose();
        _words.Dispose();
        _variables.Dispose();
        _work.Dispose();
    }

    [Fact]
    public void A_process_that_trains_keeps_its_output_and_one_that_was_killed_leaves_it()
    {
        using (var trains = TrainerProcess.Start(_work.Cache, Command("run", "--set", "training.steps=100000")))
        {
            trains.WaitFor("step 10/");
            // The same recipe would go on there, and another one may not, even afterwards.
            foreach (var more in new[] { "training.steps=100000", "training.seed=7" })
                foreach (var verb in new[] { "preflight", "run" })
                {
                    var refused = CommandLine.Run(Command(verb, "--set", more, "-o", "json"));
                    refused.ShouldFail(ExitCode.InvalidInput, "spec.output.uri", "in use by run 'tiny' (", "was last heard of", "is free at");
                    Assert.Equal(ConditionReasons.OutputOccupied, refused.Json.GetProperty("error").GetProperty("reason").GetString());
                    Assert.Contains(ConditionReasons.OutputOccupied, _work.Text("last-words"), StringComparison.Ordinal);
                }

            Assert.False(trains.HasExited);
            trains.Signal(9);
            trains.Wait();
        }

        // On this machine it is known to be gone. Anywhere else only time can tell.
        CommandLine.Run(Command("preflight", "--set", "training.steps=100000", "-o", "json")).ShouldSucceed();
        Rewrite(marker => marker["owner"]!["processPlace"] = null);
        Occupied(() => Claim("training.steps=100000"), "is free at");
        _time.SetUtcNow(DateTimeOffset.UtcNow + Ownership.Fresh);
        using var later = Claim("training.steps=100000");
        Assert.Equal(2, later.Marker.Attempt);
    }

    [Fact]
    public void The_loser_of_two_that_train_learns_with_its_next_heartbeat_and_the_winner_is_undisturbed()
    {
        var winner = new FakeTimeProvider(_time.GetUtcNow() + Ownership.Fresh);
        string[] rare = ["training.steps=300", "checkpoint.everySeconds=86400", "evaluation.everySteps=300"];
        var (steps, takes) = (0, new Heard());
        void Count(string line) => steps += line.Contains("| loss", StringComparison.Ordinal) ? 1 : 0;
        var both = new OnReport("step 5/", () =>
        {
            Execute(takes, winner, rare);
            _time.Advance(Ownership.Beat);
        }, new Listener(Count));

        var loss = Assert.Throws<RunException>(() => Execute(both, _time, rare));
        Assert.Equal((ExitCode.InvalidInput, ConditionReasons.OutputOccupied), (loss.Code, loss.Reason));
        Assert.Contains("taken over by another process", loss.Message, StringComparison.Ordinal);
        Assert.Equal(5, steps);
        Assert.True(Marker()["complete"]!.GetValue<bool>());
        Assert.Contains("step 300/300", takes.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_heart_beats_once_a_minute_and_an_end_gives_the_output_back()
    {
        using (Claim())
        {
            var begin = _time.GetUtcNow();
            Assert.Equal((begin, begin), (Moment("since"), Moment("heartbeat")));
            _time.Advance(TimeSpan.FromSeconds(59));
            Assert.Equal(begin, Moment("heartbeat"));
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal((begin, begin + Ownership.Beat), (Moment("since"), Moment("heartbeat")));
            _time.Advance(TimeSpan.FromMinutes(9));
            Occupied(() => Claim());
        }

        Assert.Null(Marker()["owner"]);
        Claim().Dispose();
    }

    [Fact]
    public void A_later_attempt_of_a_run_need_not_wait_and_an_earlier_one_does_not_come_back()
    {
        using var first = Attempt(1, () => Claim());
        using var second = Attempt(2, () => Claim());
        _time.Advance(Ownership.Beat);
        var loss = Assert.Throws<RunException>(() => first.Update(marker => marker));
        Assert.Equal(ExitCode.Interrupted, loss.Code);
        Assert.Contains("attempt 2 of this run", loss.Message, StringComparison.Ordinal);
        Occupied(() => Attempt(1, () => Claim()), "run 'tiny' in namespace team-a (pod ");
        // Its own preflight may look on, and a run that was made anew under the name has the output of the old one.
        Attempt(1, Preflight);
        using var anew = Attempt(1, () => Claim(), uid: "another");
        Occupied(() => Attempt(3, () => Claim(), space: "team-b"), "in namespace team-a");
        Assert.Equal(ConditionReasons.OutputOccupied, Assert.Throws<RunException>(() => Attempt(3, Preflight, space: "team-b")).Reason);
    }

    [Fact]
    public void A_heartbeat_whose_answer_is_lost_does_not_cost_the_output()
    {
        using var proxy = new FaultyProxy(_server.Endpoint);
        var heard = new Heard();
        using var folder = Claim(heard, $"storage.endpoint={proxy.Endpoint}", "storage.retrySeconds=1");
        proxy.LoseNextAnswerTo("PUT ", () => proxy.IsDown = true);
        _time.Advance(Ownership.Beat);
        Assert.Contains("does not say that this run lives", heard.Text, StringComparison.Ordinal);
        Assert.Equal(_time.GetUtcNow(), Moment("heartbeat"));

        proxy.IsDown = false;
        folder.Update(marker => marker with { FinalLoss = 1.5 });
        Assert.Equal(1.5, Marker()["finalLoss"]!.GetValue<double>());
        _time.Advance(Ownership.Beat);
        folder.Store.Write("after", stream => stream.WriteByte(1));
    }

    [Fact]
    public void A_marker_of_a_version_without_heartbeats_is_nobodys()
    {
        using var first = Claim();
        Occupied(() => Claim(), "in use");
        Rewrite(marker => marker.Remove("owner"));
        using var next = Claim();
        Assert.Equal(2, next.Marker.Attempt);
    }

    private string Output => _server.Uri($"{_place}/out");

    private string[] Command(string verb, params string[] more) =>
        [verb, _work.Manifest, "--device", "cpu", "--set", $"output.uri={Output}", .. more];

    private void Execute(IRunStatus status, TimeProvider time, IEnumerable<string> overrides) =>
        new RunPipeline(Run(overrides), CPU, status, time: time).Execute(TestContext.Current.CancellationToken);

    private PreflightOutcome Preflight() =>
        new RunPreflight(Run([]), SilentStatus.Instance, time: _time).Execute(TestContext.Current.CancellationToken);

    private RunFolder Claim(params string[] overrides) => Claim(SilentStatus.Instance, overrides);

    /// <summary>Takes the output, a moment after whatever was before.</summary>
    private RunFolder Claim(IRunStatus status, params string[] overrides)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        var run = Run(overrides);
        var stores = new StoreFactory(run.Spec.Storage, status, TestContext.Current.CancellationToken);
        _stores.Add(stores);
        var folder = RunFolder.For(run, stores, status, _time);
        folder.Claim();
        return folder;
    }

    /// <summary>Does something as a pod of the operator.</summary>
    private static T Attempt<T>(int number, Func<T> action, string uid = "0001", string space = "team-a")
    {
        using var variables = new Variables(new()
        {
            ["INHERITUNE_RUN_NAMESPACE"] = space,
            ["INHERITUNE_RUN_UID"] = uid,
            ["INHERITUNE_ATTEMPT"] = $"{number}",
            ["INHERITUNE_SERVICE_ACCOUNT"] = "/nowhere",
        });
        return action();
    }

    private InheritRun Run(IEnumerable<string> overrides) => ManifestReader.Read(_work.Manifest, [$"output.uri={Output}", .. overrides]);

    private static void Occupied(Action action, params ReadOnlySpan<string> said)
    {
        var error = Assert.Throws<RunException>(action);
        TestContext.Current.TestOutputHelper?.WriteLine(error.Message);
        Assert.Equal((ExitCode.InvalidInput, ConditionReasons.OutputOccupied), (error.Code, error.Reason));
        foreach (var part in said) Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    private DateTimeOffset Moment(string name) => Marker()["owner"]![name]!.GetValue<DateTimeOffset>();

    private JsonObject Marker()
    {
        var store = _server.Open($"{_place}/out");
        using var stream = store.OpenRead("run.json");
        return JsonNode.Parse(stream)!.AsObject();
    }

    private void Rewrite(Action<JsonObject> change)
    {
        var marker = Marker();
        change(marker);
        _server.Open($"{_place}/out").Write("run.json", stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(marker.ToJsonString())));
    }
}
