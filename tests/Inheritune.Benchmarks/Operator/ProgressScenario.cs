using System.Globalization;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Controllers;
using Inheritune.Operator.Entities;
using Inheritune.Tests;
using Inheritune.Trainer.Status;
using k8s;
using k8s.Models;
using Spectre.Console;

namespace Inheritune.Benchmarks.Operator;

/// <summary>Many trainers that report, each with the reporter of the real trainer.</summary>
internal static class ProgressScenario
{
    private const int SecondsPerEvaluation = 300, SecondsPerCheckpoint = 600;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15), Measured = TimeSpan.FromMinutes(3);

    public static async Task RunAsync(BenchmarkOptions options)
    {
        await using var bench = await BenchmarkCluster.StartAsync("--leader-election", "false");
        var (cluster, count) = (bench.Cluster, options.Of(500));
        await bench.AnswerAsync(pod => pod.Labels()["app.kubernetes.io/component"] == "preflight" ? cluster.Kubelet.EndsAsync(pod, 0) : cluster.Kubelet.RunsAsync(pod));
        var names = Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"run-{i}")).ToArray();
        foreach (var name in names) await cluster.CreateRunAsync(name);
        foreach (var name in names) await cluster.StateAsync(name, ConditionReasons.Starting, Limit);

        var folder = Directory.CreateTempSubdirectory("inheritune-benchmark-");
        Machine.AtExit(() => folder.Delete(recursive: true));
        var accounts = new Dictionary<string, string>();
        foreach (var name in names) accounts[name] = await AccountAsync(bench, await cluster.RunAsync(name), folder);
        using var stop = new CancellationTokenSource();
        var server = new Uri(bench.Administrator.Host);
        var trainers = names.Select(name => TrainAsync(new(server, cluster.Namespace, name, accounts[name]), stop.Token)).ToArray();
        // All have reported for the first time.
        foreach (var name in names) await cluster.StateAsync(name, ConditionReasons.Training, Limit);
        await Task.Delay(TimeSpan.FromSeconds(30));

        using var counter = new Kubernetes(bench.RunServer);
        var processor = Figures.ProcessorSeconds(cluster.Process.Id);
        var (all, operators) = (await AllAsync(counter), await OfOperatorAsync(cluster.Process));
        await Task.Delay(Measured);
        (all, operators) = (await AllAsync(counter) - all, await OfOperatorAsync(cluster.Process) - operators);
        processor = Figures.ProcessorSeconds(cluster.Process.Id) - processor;
        await stop.CancelAsync();
        await Task.WhenAll(trainers);

        AnsiConsole.WriteLine($"progress: {count} runs train for {Measured.TotalSeconds:0} s; each tells its reporter of a step a second, an evaluation every {SecondsPerEvaluation} s and a checkpoint every {SecondsPerCheckpoint} s");
        var table = new Table().AddColumns("runs", "status writes a second", "of them the operator's", "operator's processor", "its memory").RoundedBorder();
        table.AddRow(
            $"{count}", PerSecond(all), PerSecond(operators),
            string.Create(CultureInfo.InvariantCulture, $"{processor / Measured.TotalSeconds * 100:0.0} %"), string.Create(CultureInfo.InvariantCulture, $"{Figures.Resident(cluster.Process.Id) / 1e6:0} MB"));
        AnsiConsole.Write(table);
    }

    private static string PerSecond(double count) => (count / Measured.TotalSeconds).ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>A folder as Kubernetes mounts it into the pod of a run.</summary>
    private static async Task<string> AccountAsync(BenchmarkCluster bench, V1Alpha1InheritRun run, DirectoryInfo parent)
    {
        var folder = parent.CreateSubdirectory(run.Name()).FullName;
        var account = $"{run.Name()}-{run.Uid()[..8]}";
        var token = await bench.Cluster.Client.CoreV1.CreateNamespacedServiceAccountTokenAsync(new Authenticationv1TokenRequest { Spec = new() { Audiences = [] } }, account, bench.Cluster.Namespace);
        await File.WriteAllTextAsync(Path.Combine(folder, "token"), token.Status.Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.crt"), string.Join('\n', bench.Administrator.SslCaCerts.Select(certificate => certificate.ExportCertificatePem())));
        return folder;
    }

    private static async Task TrainAsync(KubernetesOptions options, CancellationToken stop)
    {
        await Task.Yield();
        var status = new KubernetesStatus(new Pulse(SilentStatus.Instance, TimeProvider.System), options, TimeProvider.System);
        // Runs do not evaluate at the same moment.
        var phase = Random.Shared.Next(SecondsPerCheckpoint);
        for (var step = 1; !stop.IsCancellationRequested; step++)
        {
            var loss = (3 + 5.0 / step).ToString("0.0000", CultureInfo.InvariantCulture);
            status.Report(new() { Progress = new() { Activity = RunActivity.Training, Step = step, TotalSteps = 100_000, Loss = loss, Tokens = step * 16384L, TokensPerSecond = 16384, EtaSeconds = 100_000 - step } });
            if ((step + phase) % SecondsPerEvaluation == 0) status.Report(new() { Progress = new() { EvalLoss = loss } });
            if ((step + phase) % SecondsPerCheckpoint == 0) status.Report(new() { Checkpoint = new() { Step = step, Time = DateTimeOffset.UtcNow } });
            await Task.Delay(TimeSpan.FromSeconds(1), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.Run(status.Dispose, CancellationToken.None);
    }

    private static async Task<double> AllAsync(Kubernetes server)
    {
        using var answer = await server.HttpClient.GetAsync(new Uri(server.BaseUri, "metrics"));
        var text = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
        return Figures.Sum(text, "apiserver_request_total", labels => labels.Contains("resource=\"inheritruns\"", StringComparison.Ordinal) && labels.Contains("subresource=\"status\"", StringComparison.Ordinal)
            && !labels.Contains("verb=\"GET\"", StringComparison.Ordinal));
    }

    private static async Task<double> OfOperatorAsync(OperatorProcess process) =>
        Figures.Sum((await process.GetAsync("metrics")).Body, "rest_client_requests_total", labels => labels.Contains("method=\"PATCH\"", StringComparison.Ordinal));
}
