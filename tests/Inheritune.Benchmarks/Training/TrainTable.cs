using System.Diagnostics;
using System.Globalization;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Training;

namespace Inheritune.Benchmarks.Training;

/// <summary>The figures as a Markdown table.</summary>
internal sealed class TrainTable(IReadOnlyList<Side> sides, int rounds, int threads)
{
    /// <summary>What is left of a step when libtorch's operators are taken away: our own kernels on the way forward, and the host's work.</summary>
    public const string OutsideOperators = "outside operators";

    private readonly Stopwatch _clock = Stopwatch.StartNew();
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
        Console.Error.WriteLine(Page.Row(row));
        if (ours is null) return;
        _kinds.Add([$"{workload}", .. Kinds.Select(kind => Text($"{1e3 * ours.Kinds!.GetValueOrDefault(kind):F0}"))]);
        Console.Error.WriteLine(Page.Row(_kinds[^1]));
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
        Console.Error.WriteLine(Page.Row(row));
    }

    /// <summary>Writes the sections to standard output, and into the page.</summary>
    public void Print(bool write)
    {
        var others = sides.Where(side => side != Side.Ours).Select(Name).ToList();
        string[] columns = ["model", "batch", .. sides.Select(Name), .. sides.Contains(Side.Ours) ? others.Select(o => $"x {o}").Concat(["GFLOP/s", "of the bound", "memory, MB", .. others.Select(o => $"of {o}"), "loss"]) : []];
        Put(write, "Training step", columns, _rows, keeps: true,
            Page.Origin("train", _versions, rounds) + (_rows.Any(row => row[0].Contains(" 124M", StringComparison.Ordinal)) ? " Models of 124M have half of the rounds." : "") + Text($" {threads} threads; measured in {_clock.Elapsed.TotalMinutes:F0} minutes."),
            "Milliseconds of a step; `x` columns: PyTorch's time by ours, with the lowest and highest of a round (above 1 we are faster). "
            + "`of the bound`: time of the step's matrix products, each alone, by ours, both in one process. Memory: the most that each process had resident. `loss`: largest difference of any step's loss.");
        Put(write, "Where our time goes", ["model", .. Kinds], _kinds, keeps: true,
            "Milliseconds of a step in which each of libtorch's operators was timed; outside them are our own kernels on the way forward and the host's work.");
        Put(write, "Cost of a token", ["model", "M parameters", "batch", "microseconds a token", "MFLOP a token in products with weights", "in attention", "GFLOP/s", "memory, MB"], _growth, keeps: false,
            "Of ours, one process each, with models of every size and sequences of every length, as many tokens in every step. It grows no faster than the arithmetic where GFLOP/s do not fall.");
    }

    /// <summary>A section with a table; rows of the page that were not measured now, with the same columns, may be kept.</summary>
    private static void Put(bool write, string title, string[] columns, IReadOnlyList<string[]> measured, bool keeps, params string[] paragraphs)
    {
        if (measured.Count == 0) return;
        var before = write && keeps ? Page.Section(title).SkipWhile(line => line != Page.Row(columns)).Skip(2).TakeWhile(line => line.StartsWith('|')) : [];
        var rows = before.Where(old => !measured.Any(row => old.StartsWith($"| {row[0]} |", StringComparison.Ordinal))).Concat(measured.Select(Page.Row));
        IReadOnlyList<string> lines = [.. paragraphs.SelectMany(paragraph => new[] { paragraph, "" }), .. Page.Table(columns, []), .. keeps ? rows.Order(StringComparer.Ordinal) : rows];
        Console.WriteLine($"## {title}\n\n{string.Join('\n', lines)}\n");
        if (write) Page.Put(title, lines);
    }

    private static string[] Kinds => [.. OperatorKinds.Names, OutsideOperators];

    private static (double Products, double Attention) Flops(Workload workload)
    {
        var tokens = workload.Batch * workload.Sequence;
        return (MatrixProduct.Of(workload.Config, tokens).Sum(p => p.Flops), MatrixProduct.AttentionFlops(workload.Config, workload.Sequence, tokens));
    }

    private IEnumerable<string> Against(Workload workload, IReadOnlyDictionary<Side, Measured> measured, Measured ours)
    {
        var (products, attention) = Flops(workload);
        var others = sides.Where(side => side != Side.Ours).Select(side => measured[side]).ToList();
        return
        [
            .. others.Select(theirs => theirs.RatioTo(ours)),
            Text($"{(products + attention) / ours.Median() / 1e9:F0}"),
            Text($"{ours.ProductShare * (1 + attention / products):P0}"),
            Text($"{ours.Peak / 1e6:F0}"),
            .. others.Select(theirs => Text($"{(double)ours.Peak / theirs.Peak:F2}")),
            others.Count == 0 ? "" : Text($"{others.Max(theirs => theirs.Losses.Zip(ours.Losses, (a, b) => Math.Abs(a - b)).Max()):0.0e+0}"),
        ];
    }

    private static string Name(Side side) => side == Side.Ours ? "ours" : $"{side}".ToLowerInvariant();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
