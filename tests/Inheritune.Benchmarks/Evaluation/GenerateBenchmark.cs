using System.Globalization;
using System.Text.Json;
using Inheritune.Benchmarks.Storage;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;
using Inheritune.Trainer;
using Spectre.Console;

namespace Inheritune.Benchmarks.Evaluation;

/// <summary>Text by our generator and by transformers', both with their caches and the most likely token, in turns.</summary>
internal sealed class GenerateBenchmark(string folder, TimeSpan patience)
{
    private readonly string _program = Published.Publish(folder);

    private static readonly string[] Texts =
    [
        "Once upon a time there was a little girl", "The morning was cold, and nobody in the house had slept.", "He said that he would come back",
        "\"I do not know,\" she answered,", "In the beginning of the year the ship",
    ];

    private static readonly string[] Columns = ["model", "tokens", "ours", "transformers", "ratio", "of whole processes"];

    private readonly List<string[]> _rows = [];

    /// <summary>Measures and prints, into the page too if asked to.</summary>
    public static void Run(int rounds, TimeSpan patience, bool write)
    {
        var folder = Directory.CreateTempSubdirectory("inheritune-benchmark-");
        Machine.AtExit(() => folder.Delete(recursive: true));
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200;
        AnsiConsole.WriteLine($"machine: {Machine.Description}");
        AnsiConsole.WriteLine($"ours:    inheritune-trainer {Provenance.Version}, published and started as in its image");
        var peer = Peer.Install();
        AnsiConsole.WriteLine($"theirs:  {peer}, OpenBLAS; both sides with {Models.Threads} threads, fp32, one text at a time, medians of {rounds} rounds");
        var benchmark = new GenerateBenchmark(folder.FullName, patience);
        benchmark.Measure("stories260K (Llama)", TestData.Path("checkpoints/stories260K"), 200, rounds);
        benchmark.Measure("gpt2-gutenberg-8l (4M)", TestData.Path("checkpoints/gpt2-gutenberg-8l"), 200, rounds);
        benchmark.Measure("GPT-2 of 30M", Models.Medium(folder.FullName), 100, rounds);
        var table = new Table().AddColumns(Columns).RoundedBorder();
        foreach (var row in benchmark._rows) table.AddRow(row);
        AnsiConsole.Write(table);
        if (Machine.Disturbed > 0) AnsiConsole.WriteLine($"{Machine.Disturbed} measurements began while other processes were at work; believe the table only as far as they were not");
        if (!write) return;
        Page.Put("Generation",
        [
            Page.Origin("generate", [$"inheritune-trainer {Provenance.Version}", $"{peer}, OpenBLAS"], rounds) + string.Create(CultureInfo.InvariantCulture, $" {Models.Threads} threads."), "",
            "Text token by token, fp32, one text at a time, both with a key-value cache and the most likely token; the tokens are the same. `ratio`: transformers' time by ours, with the lowest and highest of a round.", "",
            .. Page.Table(Columns, benchmark._rows),
        ]);
    }

    private void Measure(string name, string model, int tokens, int rounds)
    {
        var tokenizer = TokenizerFactory.Load(new FileStore(model), "model");
        var prompts = Path.Combine(folder, "prompts.json");
        File.WriteAllText(prompts, JsonSerializer.Serialize(Texts.Select(text => (int[])[.. tokenizer.BeginOfDocument is { } begin ? [begin] : (int[])[], .. tokenizer.Encode(text)])));
        Side ours = new("ours"), theirs = new("theirs");
        var (mine, peers) = ("", "");
        for (var round = 0; round < rounds; round++)
        {
            Action[] turns =
            [
                () => mine = Continue(ours, () => Machine.Run(_program, ["continue", model, prompts, $"{tokens}"], Published.Environment)),
                () => peers = Continue(theirs, () => Peer.Run("generate.py", model, folder, prompts, $"{tokens}", $"{Models.Threads}")),
            ];
            foreach (var turn in round % 2 == 0 ? turns : turns.Reverse()) turn();
            if (mine != peers) throw new InvalidOperationException($"{name}: the tokens are\n{mine}\nand those of transformers\n{peers}");
        }

        var count = JsonSerializer.Deserialize<int[][]>(mine)!.Sum(continuation => continuation.Length);
        string Rate(Side side) => string.Create(CultureInfo.InvariantCulture, $"{count / side.Median:F0} tokens/s");
        _rows.Add([name, $"{count}", Rate(ours), Rate(theirs), theirs.Over(ours), theirs.ProcessOver(ours)]);
    }

    /// <summary>The continuations as one line.</summary>
    private string Continue(Side side, Func<(double Seconds, string Output)> run)
    {
        Machine.WaitUntilQuiet(patience);
        var (process, output) = run();
        var result = JsonSerializer.Deserialize<JsonElement>(output);
        side.Process.Add(process);
        side.Seconds.Add(result.GetProperty("seconds").GetDouble());
        return JsonSerializer.Serialize(result.GetProperty("continuations").Deserialize<int[][]>());
    }
}
