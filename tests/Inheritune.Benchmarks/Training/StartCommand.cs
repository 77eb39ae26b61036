using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Inheritune.Benchmarks.Storage;
using Inheritune.Trainer;
using Inheritune.Trainer.Quickstart;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.Benchmarks.Training;

/// <summary><c>start</c>: from the start of the trainer's process to the end of its first step.</summary>
internal sealed class StartCommand : Command
{
    private readonly Option<int> _rounds = new("--rounds") { Description = "processes of each kind; the table shows medians", DefaultValueFactory = _ => 5 };

    private readonly Option<int> _patience = new("--patience") { Description = "seconds to wait for a quiet machine before each process", DefaultValueFactory = _ => 10 };

    private readonly Option<bool> _write = new("--write") { Description = "put the table into docs/benchmarks.md" };

    public StartCommand()
        : base("start", """
            Times the quickstart's model, from the start of the trainer's process to the end of its first step.

            In that time it reads the reference, tokenizes 8 MB of text unless it has done so before, measures the loss of the reference and of the target over all of
            the validation text, and inherits. The trainer is published and started as in its image. Takes two minutes.
            """)
    {
        Add(_rounds);
        Add(_patience);
        Add(_write);
        SetAction(arguments => Measure(arguments.GetValue(_rounds), TimeSpan.FromSeconds(arguments.GetValue(_patience)), arguments.GetValue(_write)));
    }

    private static void Measure(int rounds, TimeSpan patience, bool write)
    {
        var folder = Directory.CreateTempSubdirectory("inheritune-benchmark-").FullName;
        Machine.AtExit(() => Directory.Delete(folder, recursive: true));
        var program = Published.Publish(folder, "trainer/Inheritune.Trainer", "inheritune-trainer");
        ReferenceDocumentation.Write(new FileStore(Path.Combine(folder, "text")), SilentStatus.Instance, CancellationToken.None);
        var (first, again) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            var cache = Path.Combine(folder, $"cache-{round}");
            foreach (var seconds in new[] { first, again })
            {
                Machine.WaitUntilQuiet(patience);
                Machine.WarmMemory(1 << 30);
                seconds.Add(FirstStep(program, folder, cache));
                Console.Error.WriteLine(Text($"{(seconds == first ? "first" : "again")}: {seconds[^1]:F2} s"));
            }
        }

        string[] columns = ["text", "seconds", "lowest and highest"];
        string[] Row(string text, List<double> seconds) => [text, Text($"{seconds.Order().ElementAt(rounds / 2):F2}"), Text($"{seconds.Min():F2}-{seconds.Max():F2}")];
        string[] lines =
        [
            Page.Origin("start", [$"inheritune-trainer {Provenance.Version}"], rounds), "",
            "Seconds from the start of the trainer's process to the end of the first step of the quickstart's model, the losses of reference and target over all of the validation text among it.", "",
            .. Page.Table(columns, [Row("tokenized by an earlier run", again), Row("tokenized now, 8 MB", first)]),
        ];
        Console.WriteLine(string.Join('\n', lines));
        if (write) Page.Put("From start to first step", lines);
    }

    private static double FirstStep(string program, string folder, string cache)
    {
        string Set(string name) => Path.Combine(folder, "text", name);
        var output = Path.Combine(folder, "run");
        string[] settings = [$"dataset.uri={Set("train.txt")}", $"dataset.validationUri={Set("validation.txt")}", $"output.uri={output}", "training.steps=2", "training.warmupSteps=1", "training.logEverySteps=1"];
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, ["run", Checkout.File("config/samples/quickstart-inherited.yaml"), .. settings.SelectMany(setting => new[] { "--set", setting })])
            {
                RedirectStandardError = true, RedirectStandardOutput = true,
            },
        };
        foreach (var (name, value) in Published.Environment) process.StartInfo.Environment[name] = value;
        process.StartInfo.Environment["INHERITUNE_CACHE"] = cache;
        var clock = Stopwatch.StartNew();
        process.Start();
        double? seconds = null;
        var said = "";
        while (process.StandardError.ReadLine() is { } line)
        {
            said = line;
            if (line.Contains("step 1/2", StringComparison.Ordinal)) seconds ??= clock.Elapsed.TotalSeconds;
        }

        process.WaitForExit();
        Directory.Delete(output, recursive: true);
        return seconds ?? throw new InvalidOperationException($"the trainer ended with exit code {process.ExitCode}: {said}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
