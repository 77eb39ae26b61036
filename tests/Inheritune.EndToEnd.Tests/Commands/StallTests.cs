using System.Net;
using System.Text.Json;
using Inheritune.EndToEnd.Tests.Storage;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>A trainer that does nothing any more, as a kubelet finds it.</summary>
[Collection(nameof(OneAtATime))]
public sealed class StallTests(S3Server server) : IDisposable
{
    private const int Stop = 19, Continue = 18;

    private readonly Workplace _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public async Task It_says_so_and_ends_as_stalled_when_it_is_told_to_stop()
    {
        using var keys = server.SetVariables();
        using var proxy = new FaultyProxy(server.Endpoint);
        using var variables = Patience(3, ("AWS_ENDPOINT_URL", $"{proxy.Endpoint}"), ("INHERITUNE_TERMINATION_LOG", _work.File("termination")));
        // The answer never comes, and the trainer has been told to wait for it: nothing is tried again either.
        proxy.Stall(after: 0, times: 100);
        using var process = TrainerProcess.Start(_work.Cache, "run", _work.Manifest, "--device", "cpu", "--set", $"output.uri={server.Uri("stalled")}", "--set", "storage.timeoutSeconds=600");
        process.WaitFor("Metrics are at ");
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await HealthAsync(process));

        var health = (Code: HttpStatusCode.OK, Text: "");
        await Poll.UntilAsync(async () => (health = await HealthAsync(process)).Code == HttpStatusCode.ServiceUnavailable, () => health.Text);
        Assert.Matches(@"^the trainer has not gone on since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, for more than 3 s\n$", health.Text);

        process.Signal(TrainerProcess.Terminate);
        var result = process.Wait();
        Assert.Equal(32, result.Code);
        Assert.Contains("error: the trainer has not gone on since", result.Error, StringComparison.Ordinal);
        var said = JsonSerializer.Deserialize<JsonElement>(_work.Text("termination"));
        Assert.Equal((32, "Stalled"), (said.GetProperty("code").GetInt32(), said.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task One_that_is_frozen_has_stalled_when_it_thaws_and_one_that_goes_on_has_not()
    {
        using var variables = Patience(3);
        using var process = TrainerProcess.Start(_work.Cache, "run", _work.Manifest, "--device", "cpu", "--set", "training.steps=1000000", "--set", "training.logEverySteps=1000");
        process.WaitFor("step 1000/");
        // Longer than its patience.
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, (await HealthAsync(process)).Code);

        process.Signal(Stop);
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken))
        {
            limit.CancelAfter(TimeSpan.FromSeconds(4));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Scrape.HealthAsync(process.ErrorSoFar, limit.Token));
        }

        process.Signal(Continue);
        await Poll.UntilAsync(async () => (await HealthAsync(process)).Code == HttpStatusCode.OK, "the training that goes on");
        process.Signal(TrainerProcess.Terminate);
        Assert.Equal(10, process.Wait().Code);
    }

    private static Task<(HttpStatusCode Code, string Text)> HealthAsync(TrainerProcess process) => Scrape.HealthAsync(process.ErrorSoFar, TestContext.Current.CancellationToken);

    private static Variables Patience(int seconds, params (string Name, string Value)[] more)
    {
        Dictionary<string, string?> variables = new() { ["INHERITUNE_METRICS_PORT"] = "0", ["INHERITUNE_METRICS_ADDRESS"] = "127.0.0.1", ["INHERITUNE_PROGRESS_TIMEOUT_SECONDS"] = $"{seconds}" };
        foreach (var (name, value) in more) variables[name] = value;
        return new Variables(variables);
    }
}
