using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Inheritune.EndToEnd.Tests.Installation;
using Inheritune.EndToEnd.Tests.Storage;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Training;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>The program as Prometheus sees it.</summary>
[Collection(nameof(OneAtATime))]
public sealed class MetricsTests : IDisposable
{
    private readonly Workplace _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public async Task What_is_scraped_follows_the_training_and_ends_with_the_figures_of_its_log()
    {
        var (scrapes, result) = await RunAsync("--set", "training.steps=200", "--set", "checkpoint.everySteps=50");
        result.ShouldSucceed();
        var log = MetricsFile.Read(Path.Combine(_work.Output, "metrics.jsonl"));
        var (trained, evaluated, last) = (log.Last(point => point.Loss is not null), log.Last(point => point.ValidationLoss is not null), scrapes[^1]);
        Assert.Equal((200, 200, 200 * 32), (last["step"], last["target_steps"], last["tokens_total"]));
        Assert.Equal((trained.Loss, trained.GradientNorm, trained.LearningRate), (last["loss"], last["gradient_norm"], last["learning_rate"]));
        Assert.Equal((trained.TokensPerSecond, trained.DataWait, evaluated.ValidationLoss), (last["tokens_per_second"], last["data_wait_ratio"], last["validation_loss"]));
        // At steps 50, 100 and 150, and at the end.
        Assert.Equal(4, last["checkpoint_seconds_count"]);
        Assert.InRange(last["checkpoint_seconds_sum"]!.Value, 0.001, 60);
        Assert.Equal(4, last["checkpoint_save_seconds_count"]);
        Assert.True(last["checkpoint_save_seconds_sum"] >= last["checkpoint_seconds_sum"] / 2, last.Text);
        Assert.Equal((0, 0, 0), (last["s3_bytes_total{direction=\"received\"}"], last["s3_bytes_total{direction=\"sent\"}"], last["s3_retries_total"]));
        Assert.Equal(1, last[$"info{{version=\"{Provenance.Version}\",device=\"cpu\"}}"]);
        Assert.Contains("process_working_set_bytes", last.Text);
        // The pod's labels tell the run.
        Assert.DoesNotContain("tiny", last.Text);

        var during = scrapes.Where(scrape => scrape["step"] is > 0 and < 200).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"{scrapes.Count} scrapes, {during.Count} during the training");
        Assert.True(during.Count > 3, $"{during.Count} of {scrapes.Count} scrapes came during the training");
        Assert.Equal(during.Select(scrape => scrape["step"]), during.Select(scrape => scrape["step"]).Order());
        Assert.Subset(log.Select(point => point.Loss).ToHashSet(), during.Select(scrape => scrape["loss"]).ToHashSet());
        Assert.All(during, scrape => Assert.InRange(scrape["loss"] ?? 1, 1, 20));
        // What is not known yet is not shown.
        Assert.Equal((null, null, null), (scrapes[0]["loss"], scrapes[0]["tokens_total"], scrapes[0]["tokens_per_second"]));
    }

    [Fact]
    public async Task Continued_run_counts_on_from_where_it_was()
    {
        var (before, interrupted) = await RunAsync(process => process.ErrorSoFar.Contains("step 20/", StringComparison.Ordinal), "--set", "training.steps=1000");
        Assert.Equal(10, interrupted.Code);
        var (after, result) = await RunAsync("--set", "training.steps=1000");
        result.ShouldSucceed();
        // Not from zero, which would look like a burst of speed.
        var (stopped, first) = (before.Max(scrape => scrape["tokens_total"]), after.First(scrape => scrape["tokens_total"] is not null));
        Assert.InRange(stopped!.Value, 1, 999 * 32);
        Assert.InRange(first["tokens_total"]!.Value, stopped.Value, 1000 * 32);
        Assert.Equal((1000, 1000 * 32), (after[^1]["step"], after[^1]["tokens_total"]));
    }

    [Fact]
    public async Task Prometheus_finds_no_fault_in_them()
    {
        var (scrapes, result) = await RunAsync();
        result.ShouldSucceed();
        Assert.NotNull(scrapes[^1]["loss"]);
        await Promtool.CheckMetricsAsync(scrapes[^1].Text);
    }

    [Fact]
    public void Port_in_use_is_worth_a_warning_and_the_run_completes()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        using var variables = Listen(((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        Refused(_work.Run("-o", "json"), $"cannot listen on {other.LocalEndpoint}: Address already in use; choose another");
    }

    [Theory]
    [InlineData("http", "127.0.0.1", "INHERITUNE_METRICS_PORT: 'http' is no port; give a number from 0 to 65535")]
    [InlineData("65536", "127.0.0.1", "INHERITUNE_METRICS_PORT: '65536' is no port; give a number from 0 to 65535")]
    [InlineData("0", "localhost", "INHERITUNE_METRICS_ADDRESS: 'localhost' is no IP address; write it like 0.0.0.0")]
    [InlineData("0", "192.0.2.1", "cannot listen on 192.0.2.1:0")]
    public void Where_nothing_can_listen_there_is_a_warning_and_the_run_completes(string port, string address, string warning)
    {
        using var variables = Listen(port, address);
        Refused(_work.Run("-o", "json"), warning);
    }

    [Fact]
    public void Without_a_port_nothing_listens() =>
        Assert.DoesNotContain("etrics are", _work.Run("-o", "json").ShouldSucceed().Error, StringComparison.Ordinal);

    private static void Refused(CommandResult result, string warning)
    {
        Assert.Contains(warning, result.ShouldSucceed().Error, StringComparison.Ordinal);
        Assert.Contains("; the run goes on without metrics", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Metrics are at", result.Error, StringComparison.Ordinal);
    }

    private static Variables Listen(string port = "0", string address = "127.0.0.1") =>
        new(new() { ["INHERITUNE_METRICS_PORT"] = port, ["INHERITUNE_METRICS_ADDRESS"] = address });

    private Task<(List<Scrape> Scrapes, CommandResult Result)> RunAsync(params string[] more) => RunAsync(_ => false, more);

    /// <summary>Runs the manifest in a process of its own and scrapes it all the while.</summary>
    /// <param name="isEnough">Whether it is time for SIGTERM.</param>
    /// <param name="more">Arguments.</param>
    private async Task<(List<Scrape> Scrapes, CommandResult Result)> RunAsync(Predicate<TrainerProcess> isEnough, params string[] more)
    {
        using var variables = Listen();
        // The samples of the report are the time that a last scrape has.
        using var process = TrainerProcess.Start(_work.Cache, ["run", _work.Manifest, "--device", "cpu", "--set", "report.sampleTokens=200", .. more]);
        process.WaitFor("Metrics are at ");
        List<Scrape> scrapes = [];
        for (var asked = false; !process.HasExited; await Task.Delay(5, TestContext.Current.CancellationToken))
        {
            try
            {
                scrapes.Add(await Scrape.OfAsync(process.ErrorSoFar));
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // The process is ending.
            }

            if (asked || !isEnough(process)) continue;
            process.Signal(TrainerProcess.Terminate);
            asked = true;
        }

        return (scrapes, process.Wait());
    }
}
