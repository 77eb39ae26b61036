using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Spectre.Console;
using static TorchSharp.torch;

namespace Inheritune.Benchmarks.Storage;

/// <summary>Our transfers of a model against rclone's, in turns.</summary>
internal sealed class StorageBenchmark(ObjectServer server, string folder, int megabytes, TimeSpan patience)
{
    private const string Bucket = "inheritune-benchmarks";
    private const string ModelFile = "model.safetensors";

    private readonly string _program = Published.Publish(folder);
    private readonly string _place = $"{Bucket}/{Guid.NewGuid():n}";
    private readonly Comparison _whole = new("pull the model");
    private readonly Comparison _half = new("pull half of the layers");
    private readonly Comparison _push = new("push the file");
    private readonly List<Pulled> _pulls = [];
    private readonly List<Pulled> _halves = [];

    private string Model => Path.Combine(folder, "model");

    private string File => Path.Combine(Model, ModelFile);

    /// <summary>Measures and prints.</summary>
    public static void Run(int rounds, int megabytes, TimeSpan patience)
    {
        var folder = Directory.CreateTempSubdirectory("inheritune-benchmark-");
        Machine.AtExit(() => folder.Delete(recursive: true));
        new StorageBenchmark(ObjectServer.Open(), folder.FullName, megabytes, patience).Measure(rounds);
    }

    private void Measure(int rounds)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200;
        var layers = WriteModel();
        AnsiConsole.WriteLine($"machine: {Machine.Description}");
        AnsiConsole.WriteLine($"server:  {server.Name}");
        AnsiConsole.WriteLine($"ours:    inheritune-trainer {Provenance.Version}, published and started as in its image");
        AnsiConsole.WriteLine($"theirs:  {server.Rclone("version").Output.Split('\n')[0]} with its defaults");
        AnsiConsole.WriteLine(Text($"model:   {new FileInfo(File).Length / 1e6:F1} MB in one file, {layers} layers; {rounds} rounds after one that does not count"));

        var digest = Pull(Model).Result.Digest;
        server.Rclone("mkdir", $"{ObjectServer.Remote}:{Bucket}");
        try
        {
            // By rclone, so that it has a digest to compare with.
            server.Rclone("copy", Model, $"{ObjectServer.Remote}:{_place}/model");
            for (var round = 0; round <= rounds; round++) Round(round, layers / 2);
        }
        finally
        {
            server.Rclone("purge", $"{ObjectServer.Remote}:{_place}");
        }

        Print(rounds);
        if (_pulls.Find(pull => pull.Digest != digest) is not null) throw new InvalidOperationException("the weights that were pulled are not those of the file");
    }

    private void Round(int round, int half)
    {
        void Add(List<double> to, double seconds)
        {
            if (round > 0) to.Add(seconds);
        }

        void AddPull(Comparison to, List<Pulled> results, params string[] arguments)
        {
            var (seconds, result) = Pull([$"s3://{_place}/model", .. arguments]);
            Add(to.Ours, seconds);
            Add(to.Work, seconds - result.Library);
            Add(to.Transfer, result.Seconds);
            if (round > 0) results.Add(result);
        }

        void Push()
        {
            var (ours, transfer) = Quietly(() => server.Ours(_program, "push", File, $"s3://{_place}/ours"));
            Add(_push.Ours, ours);
            Add(_push.Work, ours);
            Add(_push.Transfer, double.Parse(transfer, CultureInfo.InvariantCulture));
        }

        // Every other round in the opposite order: whoever comes after the deletion of a gigabyte finds slower memory.
        Action[] turns =
        [
            () => AddPull(_whole, _pulls),
            () => Add(_whole.Rclone, Fetch()),
            () => AddPull(_half, _halves, "--layers", $"{half}"),
            () => Add(_whole.Unchecked, Fetch("--ignore-checksum")),
            Push,
            () => Add(_push.Rclone, Quietly(() => server.Rclone("copy", File, $"{ObjectServer.Remote}:{_place}/theirs")).Seconds),
        ];
        foreach (var turn in round % 2 == 0 ? turns : turns.Reverse()) turn();
        foreach (var copy in new[] { "ours", "theirs" }) server.Rclone("purge", $"{ObjectServer.Remote}:{_place}/{copy}");
    }

    private (double Seconds, Pulled Result) Pull(params string[] arguments)
    {
        var (seconds, output) = Quietly(() => server.Ours(_program, ["pull", .. arguments]));
        return (seconds, Pulled.Parse(output));
    }

    private double Fetch(params string[] options)
    {
        var copy = Path.Combine(folder, "copy");
        var (seconds, _) = Quietly(() => server.Rclone(["copyto", .. options, $"{ObjectServer.Remote}:{_place}/model/{ModelFile}", copy]));
        System.IO.File.Delete(copy);
        return seconds;
    }

    private T Quietly<T>(Func<T> measurement)
    {
        Machine.WaitUntilQuiet(patience);
        // A file, what is made of it, and the server's answers.
        Machine.WarmMemory(3 * (nuint)megabytes * 1_000_000);
        return measurement();
    }

    private void Print(int rounds)
    {
        // Half of the layers costs rclone what the whole model costs.
        var half = _half with { Rclone = _whole.Rclone, Unchecked = _whole.Unchecked };
        var table = new Table().AddColumns("", "ours", "without libtorch", "transfer", "rclone", "ratio", "without libtorch", "of transfer", "rclone, unchecked", "ratio", "without libtorch", "of transfer").RoundedBorder();
        foreach (var comparison in new[] { _whole, half, _push }) table.AddRow([.. comparison.Cells]);
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(Text($"memory above the model's: {_pulls.Max(p => p.Peak) / 1e6:F1} MB at most for the model, {_halves.Max(p => p.Peak) / 1e6:F1} MB for half of the layers"));
        AnsiConsole.WriteLine(Text($"bytes read for each byte inherited: {(double)_pulls[0].Read / _pulls[0].Inherited:F4} and {(double)_halves[0].Read / _halves[0].Inherited:F4}"));
        if (Machine.Disturbed > 0) AnsiConsole.WriteLine($"{Machine.Disturbed} measurements began while other processes were at work; believe the table only as far as they were not");
    }

    /// <summary>Writes a GPT-2-shaped model of random weights, most of them in its layers, and returns the number of layers.</summary>
    private int WriteModel()
    {
        TorchLoader.Load(SilentStatus.Instance);
        var config = ModelConfig.From(new ArchitectureSpec { Family = ModelFamily.GPT2, Layers = 2, HiddenSize = 768, Heads = 12, ContextLength = 128 }, vocabularySize: 256);
        var pair = sizeof(float) * (config.ParameterCount - (config with { Layers = 0 }).ParameterCount);
        config = config with { Layers = 2 * (int)Math.Max(1, (megabytes * 1_000_000L + pair / 2) / pair) };
        using var model = Target.Allocate(config, CPU);
        Target.Fill(model, InheritancePlan.FromScratch(config), null, 1, SilentStatus.Instance, CancellationToken.None);
        var store = new FileStore(Model);
        HuggingFaceExporter.Write(model, null, store, 0, ExportPrecision.Float32, store);
        return config.Layers;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
