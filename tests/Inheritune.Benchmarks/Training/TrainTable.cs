using System.Globalization;
using System.Text;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Training;

namespace Inheritune.Benchmarks.Training;

/// <summary>The figures as a Markdown table.</summary>
internal sealed class TrainTable(IReadOnlyList<Side> sides, int rounds, int threads)
{
    /// <summary>What is left of a step when libtorch's operators are taken away: our own kernels on the way forward, and the host's work.</summary>
    public const string OutsideOperators = "outside operators";

    private const string GrowthTitle = "## Cost of a token";

    private readonly List<string[]> _rows = [];
    private readonly List<string[]> _kinds = [];
    private readonly List<string[]> _growth = [];
    private readonly SortedSet<string> _versions = [];

    public void Add(Workload workload, IReadOnlyDictionary<Side, Measured> measured)
    {
        _versions.UnionWith(measured.Values.Select(m => m.Version));
        string[] row =
        [
            $"{workload}", Text($"{workload.Batch} x {workload.Sequence}"),
            .. sides.Select(side => Text($"{1e3 * measured[side].Median():F0}")),
            .. measured.TryGetValue(Side.Ours, out var ours) ? Against(workload, measured, ours) : [],
        ];
        _rows.Add(row);
        Console.Error.WriteLine(Line(row));
        if (ours is null) return;
        _kinds.Add([$"{workload}", .. Kinds.Select(kind => Text($"{1e3 * ours.Kinds!.GetValueOrDefault(kind):F0}"))]);
        Console.Error.WriteLine(Line(_kinds[^1]));
    }

    /// <summary>What a token costs, in time and in arithmetic.</summary>
    public void AddGrowth(Workload workload, Measured ours)
    {
        _versions.Add(ours.Version);
        var tokens = workload.Batch * workload.Sequence;
        var flops = Flops(workload);
        string[] row =
        [
            $"{workload}", Text($"{workload.Config.ParameterCount / 1e6:F1}"), Text($"{workload.Batch} x {workload.Sequence}"),
            Text($"{1e6 * ours.Median() / tokens:F0}"), Text($"{flops.Products / tokens / 1e6:F0}"), Text($"{flops.Attention / tokens / 1e6:F1}"),
            Text($"{(flops.Products + flops.Attention) / ours.Median() / 1e9:F0}"), Text($"{ours.Peak / 1e6:F0}"),
        ];
        _growth.Add(row);
        Console.Error.WriteLine(Line(row));
    }

    /// <summary>Writes the page to standard output, and into a file.</summary>
    public void Print(string? file)
    {
        var page = new StringBuilder();
        page.AppendLine("# Benchmarks").AppendLine();
        page.AppendLine("Written by `dotnet run --project tests/Inheritune.Benchmarks -c Release -- train --write`; `--help` says how it measures.").AppendLine();
        page.AppendLine(Text($"- Machine: {Machine.Description}; {threads} threads; {DateTime.UtcNow:yyyy-MM-dd}"));
        page.AppendLine($"- Programs: {string.Join(", ", _versions)}");
        page.AppendLine(Text($"- {rounds} rounds, each side a process of its own, in turns; medians"));
        if (Machine.Disturbed > 0) page.AppendLine(Text($"- {Machine.Disturbed} of the processes began while others were at work on the machine"));
        page.AppendLine().AppendLine("## Training step").AppendLine();
        page.AppendLine("Milliseconds of a step; `x` columns: PyTorch's time by ours, with the lowest and highest of a round (above 1 we are faster). "
            + "`of the bound`: time of the step's matrix products, each alone, by ours. Memory: the most that each process had resident. `loss`: largest difference of any step's loss.").AppendLine();
        var others = sides.Where(side => side != Side.Ours).Select(Name).ToList();
        string[] header = ["model", "batch", .. sides.Select(Name), .. sides.Contains(Side.Ours) ? others.Select(o => $"x {o}").Concat(["GFLOP/s", "of the bound", "memory, MB", .. others.Select(o => $"of {o}"), "loss"]) : []];
        page.AppendLine(Line(header)).AppendLine(Line([.. header.Select(_ => "---")]));
        foreach (var row in Rows(file, Line(header), _rows)) page.AppendLine(row);
        page.AppendLine().AppendLine("## Where our time goes").AppendLine();
        page.AppendLine("Milliseconds of a step in which each of libtorch's operators was timed; outside them are our own kernels on the way forward and the host's work.").AppendLine();
        header = ["model", .. Kinds];
        page.AppendLine(Line(header)).AppendLine(Line([.. header.Select(_ => "---")]));
        foreach (var row in Rows(file, Line(header), _kinds)) page.AppendLine(row);
        foreach (var line in Growth(file)) page.AppendLine(line);
        Console.Write(page);
        if (file is null) return;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, page.ToString());
    }

    /// <summary>The rows measured now, and those of the page that were measured before with the same columns.</summary>
    private static IEnumerable<string> Rows(string? file, string header, IReadOnlyList<string[]> measured)
    {
        var before = file is not null && File.Exists(file) && File.ReadAllLines(file).SkipWhile(line => line != header).Skip(2).TakeWhile(line => line.StartsWith('|')) is { } rows ? rows : [];
        return before.Where(old => !measured.Any(row => old.StartsWith($"| {row[0]} |", StringComparison.Ordinal))).Concat(measured.Select(Line)).Order(StringComparer.Ordinal);
    }

    private static string[] Kinds => [.. OperatorKinds.Names, OutsideOperators];

    /// <summary>The section measured now, or that of the page.</summary>
    private IEnumerable<string> Growth(string? file)
    {
        if (_growth.Count == 0) return file is not null && File.Exists(file) ? File.ReadAllLines(file).SkipWhile(line => line != GrowthTitle).Prepend("") : [];
        string[] header = ["model", "M parameters", "batch", "microseconds a token", "MFLOP a token in products with weights", "in attention", "GFLOP/s", "memory, MB"];
        return
        [
            "", GrowthTitle, "",
            "Of ours, with models of every size and sequences of every length, as many tokens in every step. It grows no faster than the arithmetic where GFLOP/s do not fall.", "",
            Line(header), Line(header.Select(_ => "---")), .. _growth.Select(Line),
        ];
    }

    private static (double Products, double Attention) Flops(Workload workload)
    {
        var tokens = workload.Batch * workload.Sequence;
        return (MatrixProduct.Of(workload.Config, tokens).Sum(p => p.Flops), MatrixProduct.AttentionFlops(workload.Config, workload.Sequence, tokens));
    }

    private IEnumerable<string> Against(Workload workload, IReadOnlyDictionary<Side, Measured> measured, Measured ours)
    {
        var (products, attention) = Flops(workload);
        var bound = ours.Products * (1 + attention / products);
        var others = sides.Where(side => side != Side.Ours).Select(side => measured[side]).ToList();
        return
        [
            .. others.Select(theirs => theirs.RatioTo(ours)),
            Text($"{(products + attention) / ours.Median() / 1e9:F0}"),
            Text($"{bound / ours.Median():P0}"),
            Text($"{ours.Peak / 1e6:F0}"),
            .. others.Select(theirs => Text($"{(double)ours.Peak / theirs.Peak:F2}")),
            others.Count == 0 ? "" : Text($"{others.Max(theirs => theirs.Losses.Zip(ours.Losses, (a, b) => Math.Abs(a - b)).Max()):0.0e+0}"),
        ];
    }

    private static string Name(Side side) => side == Side.Ours ? "ours" : $"{side}".ToLowerInvariant();

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
