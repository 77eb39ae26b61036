using System.Text.Json.Nodes;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Weights that were rounded to few bits: recognized by the tensors, because the configuration of float weights may have a leftover of it.</summary>
internal static class Quantization
{
    /// <summary>Entries of <c>config.json</c> that describe it.</summary>
    public static readonly string[] Fields = ["quantization_config", "compression_config"];

    private static readonly (string End, string Method)[] Names =
    [
        (".qweight", "GPTQ or AWQ"), (".qzeros", "GPTQ or AWQ"), (".absmax", "bitsandbytes, 4 bits"), (".SCB", "bitsandbytes, 8 bits"), (".weight_packed", "compressed-tensors"),
        (".weight_scale_inv", "FP8"), (".weight_scale", "FP8 or 8-bit integers"), (".input_scale", "FP8 or 8-bit integers"),
    ];

    /// <summary>The method, as the tensors show it; null for weights that are not quantized.</summary>
    public static string? MethodOf(IReadOnlyList<TensorEntry> tensors, JsonObject config)
    {
        var evidence = tensors.FirstOrDefault(tensor => tensor.Dtype.StartsWith("F8", StringComparison.Ordinal)) is not null ? "FP8"
            : tensors.FirstOrDefault(tensor => tensor.Dtype.StartsWith("F4", StringComparison.Ordinal)) is not null ? "FP4"
            : Names.FirstOrDefault(known => tensors.Any(tensor => tensor.Name.EndsWith(known.End, StringComparison.Ordinal))).Method
            ?? (tensors.Any(tensor => tensor.Dtype is "U8" or "I8" && tensor.Name.EndsWith(".weight", StringComparison.Ordinal)) ? "8-bit integers" : null);
        return evidence is null ? null : Declared(config) ?? evidence;
    }

    /// <summary>The method that the configuration names; null where it names none.</summary>
    public static string? Declared(JsonObject config) => Fields.Select(field => config[field]).FirstOrDefault(entry => entry is not null) switch
    {
        null => null,
        JsonObject entry when entry["quant_method"] is JsonValue value && value.TryGetValue<string>(out var method) => method,
        _ => "of an unnamed kind",
    };
}
