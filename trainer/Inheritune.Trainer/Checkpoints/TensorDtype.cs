using static TorchSharp.torch;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Element types of the safetensors format, with their names there and in libtorch.</summary>
public static class TensorDtype
{
    private static readonly Dictionary<string, ScalarType> Types = new(StringComparer.Ordinal)
    {
        ["F64"] = ScalarType.Float64,
        ["F32"] = ScalarType.Float32,
        ["F16"] = ScalarType.Float16,
        ["BF16"] = ScalarType.BFloat16,
        ["I64"] = ScalarType.Int64,
        ["I32"] = ScalarType.Int32,
        ["I16"] = ScalarType.Int16,
        ["I8"] = ScalarType.Int8,
        ["U8"] = ScalarType.Byte,
        ["BOOL"] = ScalarType.Bool,
    };

    /// <summary>Bits of an element, of all types that the format knows: a file may hold tensors that nobody reads.</summary>
    private static readonly Dictionary<string, int> Bits = new(StringComparer.Ordinal)
    {
        ["F64"] = 64, ["I64"] = 64, ["U64"] = 64, ["C64"] = 64, ["F32"] = 32, ["I32"] = 32, ["U32"] = 32,
        ["F16"] = 16, ["BF16"] = 16, ["I16"] = 16, ["U16"] = 16, ["I8"] = 8, ["U8"] = 8, ["BOOL"] = 8,
        ["F8_E4M3"] = 8, ["F8_E5M2"] = 8, ["F8_E8M0"] = 8, ["F8_E4M3FNUZ"] = 8, ["F8_E5M2FNUZ"] = 8, ["F6_E2M3"] = 6, ["F6_E3M2"] = 6, ["F4"] = 4,
    };

    public static bool IsKnown(string name) => Bits.ContainsKey(name);

    /// <summary>Size of an element in bits.</summary>
    public static int BitsOf(string name) => Bits[name];

    /// <summary>Size of an element of a weight in bytes.</summary>
    public static int SizeOf(string name) => Bits[name] / 8;

    public static ScalarType ToScalarType(string name) => Types[name];

    public static string NameOf(ScalarType type) => Types.First(pair => pair.Value == type).Key;

    /// <summary>Formats in which weights are read.</summary>
    public static bool IsWeight(string name) => name is "F32" or "F16" or "BF16";
}
