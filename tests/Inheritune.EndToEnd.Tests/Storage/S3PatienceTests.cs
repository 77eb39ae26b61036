using System.Diagnostics;
using Inheritune.Trainer;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using static Inheritune.EndToEnd.Tests.Storage.S3FaultTests;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>How long a server that does not answer is tried again, and what is said meanwhile.</summary>
public sealed class S3PatienceTests(S3Server server)
{
    [Fact]
    public void A_server_that_goes_on_failing_is_given_up_when_patience_ends()
    {
        using var proxy = Prepare(server, "down");
        using var later = Prepare(server, "down");
        proxy.Answer("503 Service Unavailable", SlowDown, times: 100);
        var clock = Stopwatch.StartNew();
        server.Fails(ExitCode.StorageUnavailable, () => server.Open("down", server.Options(proxy.Endpoint, patience: 2)).Stat("data"), "down/data", "SlowDown: Please reduce your request rate", "no success within 2 s");
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.3, 5);

        clock.Restart();
        later.Answer("503 Service Unavailable", "", "Retry-After: 3600\r\n");
        server.Fails(ExitCode.StorageUnavailable, () => server.Open("down", server.Options(later.Endpoint)).Stat("data"), "503");
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 1);
    }

    [Fact]
    public void A_server_that_refuses_connections_is_given_up_when_patience_ends()
    {
        using var proxy = new FaultyProxy(server.Endpoint);
        var (gone, heard, clock) = (proxy.Endpoint, new Heard(), Stopwatch.StartNew());
        proxy.Dispose();
        server.Fails(ExitCode.StorageUnavailable, () => server.Open("gone", server.Options(gone, patience: 2), heard).Stat("x"), "gone/x", "cannot connect", "refused", "spec.storage.retrySeconds");
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.3, 5);
        server.KeepsSecrets(heard.Text);
    }

    [Fact]
    public void A_server_that_was_never_reached_is_given_up_sooner_and_one_that_was_is_not()
    {
        using var proxy = Prepare(server, "first");
        var options = server.Options(proxy.Endpoint, patience: 4) with { FirstPatience = TimeSpan.FromSeconds(1) };
        var reached = server.Open("first", options);
        Assert.NotNull(reached.Stat("data"));
        proxy.Dispose();
        server.Fails(ExitCode.StorageUnavailable, () => server.Open("first", options).Stat("data"), $"no success within 1 s, nor ever: check spec.storage.endpoint ('{options.Endpoint}')");
        server.Fails(ExitCode.StorageUnavailable, () => reached.Stat("data"), "no success within 4 s (spec.storage.retrySeconds)");
    }

    [Fact]
    public void After_a_stop_it_is_the_stop_that_shortens_the_patience()
    {
        using var proxy = Prepare(server, "late");
        proxy.Answer("503 Service Unavailable", "", "Retry-After: 3600\r\n");
        using var client = new S3Client(server.Options(proxy.Endpoint, patience: 300), SilentStatus.Instance, new CancellationToken(canceled: true), saves: true);
        server.Fails(ExitCode.StorageUnavailable, () => new S3Store(client, S3Location.Parse(server.Uri("late"), "test")).Stat("data"), "no success within 20 s after the stop");
    }

    [Fact]
    public void What_is_waited_for_is_told_as_long_as_it_lasts_and_each_try_is_a_sign_of_life()
    {
        using var proxy = Prepare(server, "told");
        var pulse = new Pulse(SilentStatus.Instance, TimeProvider.System);
        List<string?> told = [];
        pulse.Turned += () =>
        {
            lock (told) told.Add(pulse.Standing.Trouble);
        };
        proxy.Answer("503 Service Unavailable", SlowDown, times: 6);
        Assert.NotNull(server.Open("told", server.Options(proxy.Endpoint), pulse).Stat("data"));
        Assert.All(told[..^1], trouble => Assert.StartsWith($"{proxy.Endpoint.Authority}: 503 SlowDown", trouble, StringComparison.Ordinal));
        Assert.Null(told[^1]);
        Assert.True(pulse.Beats > 6, $"{pulse.Beats}");
        // What passes in a moment is not worth a word.
        proxy.Answer("503 Service Unavailable", SlowDown, times: 2);
        var before = told.Count;
        Assert.NotNull(server.Open("told", server.Options(proxy.Endpoint), pulse).Stat("data"));
        Assert.Equal(before, told.Count);
    }
}
