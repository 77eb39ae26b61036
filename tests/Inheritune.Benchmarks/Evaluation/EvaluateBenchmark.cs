using System.Globalization;
using System.Text.Json;
using Inheritune.Benchmarks.Storage;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer;
using Spectre.Console;

namespace Inheritune.Benchmarks.Evaluation;

/// <summary>Multiple-choice tasks by our engine, by ourselves one request at a time, and by transformers one request at a time, in turns.</summary>
internal sealed class EvaluateBenchmark(string folder, TimeSpan patience)
{
    private readonly string _program = Published.Publish(folder);

    private const double Tolerance = 1e-4;

    private readonly Table _table = new Table().AddColumns("model", "task", "requests", "ours", "ours, one by one", "transformers", "ratio to one by one", "to transformers", "of whole processes", "acc", "acc of transformers", "largest difference").RoundedBorder();

    private string Requests => Path.Combine(folder, "requests.jsonl");

    /// <summary>Measures and prints.</summary>
    public static void Run(int rounds, TimeSpan patience)
    {
        var folder = Directory.CreateTempSubdirectory("inheritune-benchmark-");
        Machine.AtExit(() => folder.Delete(recursive: true));
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 240;
        AnsiConsole.WriteLine($"machine: {Machine.Description}");
        AnsiConsole.WriteLine($"ours:    inheritune-trainer {Provenance.Version}, published and started as in its image");
        AnsiConsole.WriteLine($"theirs:  {Peer.Install()}, OpenBLAS; both sides with {Models.Threads} threads, fp32, medians of {rounds} rounds");
        var benchmark = new EvaluateBenchmark(folder.FullName, patience);
        Workload[] small = [Workload.Of("piqa", 0, 400), Workload.Of("arc_easy", 0, 200), Workload.Of("hellaswag", 0, 200), Workload.Of("mmlu", 5, 10, parts: 5)];
        Workload[] large = [Workload.Of("piqa", 0, 80), Workload.Of("arc_easy", 0, 40), Workload.Of("hellaswag", 0, 40), Workload.Of("mmlu", 5, 8, parts: 4)];
        benchmark.Measure("gpt2-gutenberg-8l (4M)", TestData.Path("checkpoints/gpt2-gutenberg-8l"), small, rounds);
        benchmark.Measure("GPT-2 of 30M", Models.Medium(folder.FullName), large, rounds);
        AnsiConsole.Write(benchmark._table);
        if (Machine.Disturbed > 0) AnsiConsole.WriteLine($"{Machine.Disturbed} measurements began while other processes were at work; believe the table only as far as they were not");
    }

    private void Measure(string name, string model, Workload[] workloads, int rounds)
    {
        var (mine, single, peers) = (0.0, 0.0, 0.0);
        foreach (var workload in workloads)
        {
            SamplesFile.Write(Requests, workload.Requests, null);
            Side ours = new("ours"), plain = new("plain"), theirs = new("theirs");
            for (var round = 0; round < rounds; round++)
            {
                // Every other round in the opposite order.
                Action[] turns =
                [
                    () => Ask(ours, answers => Machine.Run(_program, ["answer", model, Requests, answers], Published.Environment)),
                    () => Ask(theirs, answers => Peer.Run("likelihood.py", model, folder, Requests, answers, "eos", $"{Models.Threads}")),
                    () => Ask(plain, answers => Machine.Run(_program, ["answer", model, Requests, answers, "--one-at-a-time"], Published.Environment)),
                ];
                foreach (var turn in round % 2 == 0 ? turns : turns.Reverse()) turn();
            }

            Add(name, workload, ours, plain, theirs);
            (mine, single, peers) = (mine + ours.Median, single + plain.Median, peers + theirs.Median);
        }

        _table.AddRow(
            name, "all of them", $"{workloads.Sum(workload => workload.Requests.Count)}", Figure($"{mine:F2} s"), Figure($"{single:F2} s"), Figure($"{peers:F2} s"),
            Figure($"{single / mine:F2}"), Figure($"{peers / mine:F2}"), "", "", "", "");
    }

    private void Ask(Side side, Func<string, (double Seconds, string Output)> run)
    {
        Machine.WaitUntilQuiet(patience);
        var (process, output) = run(Answers(side));
        side.Process.Add(process);
        side.Seconds.Add(JsonSerializer.Deserialize<JsonElement>(output).GetProperty("seconds").GetDouble());
    }

    private void Add(string model, Workload workload, Side ours, Side plain, Side theirs)
    {
        var (mine, single, peers) = (Read(workload, ours), Read(workload, plain), Read(workload, theirs));
        var largest = Largest(mine, peers);
        if (Math.Max(largest, Largest(mine, single)) > Tolerance) throw new InvalidOperationException($"{workload.Name}: the answers differ by {largest} from those of transformers, and by {Largest(mine, single)} from our own one by one");
        var (accuracy, theirAccuracy) = (workload.Accuracy(mine), workload.Accuracy(peers));
        if (accuracy != theirAccuracy) throw new InvalidOperationException($"{workload.Name}: acc is {accuracy}, and that of transformers {theirAccuracy}");
        _table.AddRow(
            model, workload.Name, $"{workload.Requests.Count}", Figure($"{ours.Median:F2} s"), Figure($"{plain.Median:F2} s"), Figure($"{theirs.Median:F2} s"),
            plain.Over(ours), theirs.Over(ours), theirs.ProcessOver(ours), Figure($"{accuracy:F4}"), Figure($"{theirAccuracy:F4}"), Figure($"{largest:0.0e+0}"));
    }

    private static double Largest(LikelihoodResult[] one, LikelihoodResult[] other) => one.Zip(other, (a, b) => Math.Abs(a.LogLikelihood - b.LogLikelihood)).Max();

    private LikelihoodResult[] Read(Workload workload, Side side) => [.. SamplesFile.Read(Answers(side), workload.Requests)];

    private string Answers(Side side) => Path.Combine(folder, $"{side.Name}.jsonl");

    private static string Figure(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
