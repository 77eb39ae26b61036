using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>An adapter of PEFT: small matrices that change another model, and no model.</summary>
internal static class Adapter
{
    public const string Remedy = "merge it and save: PeftModel.from_pretrained(base, adapter).merge_and_unload().save_pretrained(...)";

    private const string ConfigFile = "adapter_config.json";
    private static readonly string[] WeightFiles = ["adapter_model.safetensors", "adapter_model.bin"];

    /// <summary>What lies in the folder, in words; null when it is no adapter.</summary>
    public static string? In(IObjectStore store)
    {
        var weights = WeightFiles.FirstOrDefault(file => store.Stat(file) is not null);
        if (store.Stat(ConfigFile) is null) return weights is null ? null : $"{weights}, an adapter of another model";
        var config = new JsonFields(JsonFields.Parse(Checkpoint.ReadAll(store, ConfigFile), $"{store.Location}/{ConfigFile}"), $"{store.Location}/{ConfigFile}");
        var kind = config.Text("peft_type") is "LORA" or null ? "a LoRA adapter" : $"an adapter ({config.Text("peft_type")})";
        return $"{weights ?? ConfigFile}, {kind} of {config.Text("base_model_name_or_path") ?? "another model"}";
    }

    /// <summary>Whether a tensor belongs to an adapter that is stored with its model.</summary>
    public static bool Has(string tensor) =>
        tensor.Contains(".lora_", StringComparison.Ordinal) || tensor.Contains(".base_layer.", StringComparison.Ordinal);
}
