using Inheritune.Trainer.Native;

namespace Inheritune.Trainer.Training;

/// <summary>libtorch's operators by what they do.</summary>
internal static class OperatorKinds
{
    private const string Others = "other operators";

    private static readonly (string Kind, string[] Parts)[] Kinds =
    [
        ("attention", ["scaled_dot_product"]),
        ("optimizer", ["_fused_adamw", "vector_norm", "aten::norm"]),
        ("norms", ["layer_norm", "LayerNorm"]),
        ("activations", ["gelu", "silu", "relu"]),
        // By this name TorchSharp's functions of ours pass backward.
        ("gradients of own operators", ["CSharpNode"]),
        ("matrix products", ["mm", "matmul", "linear"]),
        ("copies", ["copy", "clone", "contiguous", "aten::cat", "aten::to"]),
    ];

    /// <summary>All kinds.</summary>
    public static IEnumerable<string> Names => Kinds.Select(kind => kind.Kind).Append(Others);

    /// <summary>Seconds of each kind since the last time this was asked.</summary>
    public static IReadOnlyDictionary<string, double> Take() =>
        OperatorTimes.Take().GroupBy(time => Of(time.Key)).ToDictionary(kind => kind.Key, kind => kind.Sum(time => time.Value.Seconds));

    private static string Of(string name) => Kinds.FirstOrDefault(kind => kind.Parts.Any(part => name.Contains(part, StringComparison.Ordinal))).Kind ?? Others;
}
