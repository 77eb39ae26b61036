using static TorchSharp.torch;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Element types of the safetensors format, with their names there and in libtorch.</summary>
public static class TensorDtype
{
    private static readonly Dictionary<string, (ScalarType Type, int Size)> ByName = new(StringComparer.Ordinal)
    {
        ["F64"] = (ScalarType.Float64, 8),
        ["F32"] = (ScalarType.Float32, 4),
        ["F16"] = (ScalarType.Float16, 2),
        ["BF16"] = (ScalarType.BFloat16, 2),
        ["I64"] = (ScalarType.Int64, 8),
        ["I32"] = (ScalarType.Int32, 4),
        ["I16"] = (ScalarType.Int16, 2),
        ["I8"] = (ScalarType.Int8, 1),
        ["U8"] = (ScalarType.Byte, 1),
        ["BOOL"] = (ScalarType.Bool, 1),
    };

    public static bool IsKnown(string name) => ByName.ContainsKey(name);

    /// <summary>Size of an element in bytes.</summary>
    public static int SizeOf(string name) => ByName[name].Size;

    public static ScalarType ToScalarType(string name) => ByName[name].Type;

    public static string NameOf(ScalarType type) => ByName.First(pair => pair.Value.Type == type).Key;

    /// <summary>Formats in which weights are read.</summary>
    public static bool IsWeight(string name) => name is "F32" or "F16" or "BF16";
}
