using Inheritune.Api;
using Inheritune.Trainer.Models;

namespace Inheritune.Benchmarks.Training;

/// <summary>A model and a batch that both sides train with.</summary>
/// <param name="Family">GPT-2 or Llama.</param>
/// <param name="Size">About how many million parameters.</param>
/// <param name="Precision">Of the matrix products.</param>
/// <param name="Length">Tokens of a sequence, for steps of <see cref="TokensOfGrowth"/>; null for the usual batch of that size.</param>
internal sealed record Workload(ModelFamily Family, int Size, ComputePrecision Precision, int? Length = null)
{
    /// <summary>What can be asked for, in millions of parameters.</summary>
    public static int[] Sizes { get; } = [5, 30, 124];

    /// <summary>Tokens of every step that shows how the cost of one grows.</summary>
    private const int TokensOfGrowth = 1024;

    /// <summary>Tokens of a sequence. The small model's batch is that of a quick experiment, where overhead counts.</summary>
    public int Sequence => Length ?? (Size == 5 ? 64 : 256);

    /// <summary>Sequences of a step.</summary>
    public int Batch => Length is { } length ? TokensOfGrowth / length : Size == 124 ? 2 : 4;

    /// <summary>Steps of a process; the first <see cref="WarmUp"/> do not count.</summary>
    public int Steps => (Size, Length) switch { (5, null) => 60, (5, _) => 20, (30, _) => 6, _ => 3 };

    /// <summary>Steps in which code is compiled and memory touched for the first time.</summary>
    public int WarmUp => (Size, Length) switch { (5, null) => 20, (124, _) => 1, _ => 2 };

    /// <summary>Processes of each side, of as many as were asked for: half of them for models whose processes take the most time.</summary>
    public int Rounds(int asked) => Size == 124 ? (asked + 1) / 2 : asked;

    public ModelConfig Config => ModelConfig.From(Shape(), VocabularySize) with { ContextLength = Sequence };

    /// <summary>Steps of as many tokens with models of every size, and with sequences of every length.</summary>
    public static IEnumerable<Workload> Growth(ModelFamily family) =>
        Sizes.Select(size => new Workload(family, size, ComputePrecision.Float32, 256))
            .Concat(new[] { 64, 128, 512, 1024 }.Select(length => new Workload(family, 30, ComputePrecision.Float32, length)));

    private int VocabularySize => Size == 5 ? 4096 : Family == ModelFamily.GPT2 ? 50304 : 32000;

    public override string ToString() => $"{Family} {Size}M {(Precision == ComputePrecision.BFloat16 ? "bf16" : "fp32")}";

    private ArchitectureSpec Shape()
    {
        var (width, heads, keyValueHeads) = Size switch { 5 => (256, 4, 2), 30 => (384, 6, 2), _ => (768, 12, 4) };
        var layers = (Family, Size) switch { (_, 5) => 5, (ModelFamily.GPT2, 30) => 6, (_, 30) => 11, (ModelFamily.GPT2, _) => 12, _ => 16 };
        return Family == ModelFamily.GPT2
            ? new ArchitectureSpec { Family = Family, Layers = layers, HiddenSize = width, Heads = heads }
            : new ArchitectureSpec { Family = Family, Layers = layers, HiddenSize = width, Heads = heads, KeyValueHeads = keyValueHeads };
    }
}
