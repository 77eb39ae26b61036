using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Typed access to the members of a JSON object, with errors that name the file, the field and the value.</summary>
internal sealed class JsonFields(JsonObject json, string path)
{
    public int Int(string name) => OptionalInt(name) ?? throw Missing(name);

    public int? OptionalInt(string name) => Value(name) switch
    {
        null => null,
        { } value when value.TryGetValue<int>(out var number) && number > 0 && number <= Most(name) => number,
        { } value when value.TryGetValue<double>(out var number) && number > Most(name) => throw Refuse(name, value.ToJsonString(), $"is larger than in any model; give a whole number from 1 to {Most(name)}"),
        var value => throw Refuse(name, value.ToJsonString(), "must be a whole number above zero"),
    };

    /// <summary>Far above the largest models, and small enough that no product of two is too large for its number.</summary>
    private static int Most(string name) => name switch
    {
        "n_layer" or "num_hidden_layers" => 1 << 12,
        "n_head" or "num_attention_heads" or "num_key_value_heads" or "head_dim" => 1 << 14,
        "n_embd" or "hidden_size" => 1 << 20,
        "n_inner" or "intermediate_size" => 1 << 24,
        _ => 1 << 27,
    };

    public double? OptionalReal(string name) => Value(name) switch
    {
        null => null,
        { } value when value.TryGetValue<double>(out var number) && number > 0 && float.IsNormal((float)number) => number,
        var value => throw Refuse(name, value.ToJsonString(), "must be a number above zero that Float32 can hold"),
    };

    public bool Flag(string name, bool otherwise) => Value(name) switch
    {
        null => otherwise,
        { } value when value.TryGetValue<bool>(out var flag) => flag,
        var value => throw Refuse(name, value.ToJsonString(), "must be true or false"),
    };

    public string? Text(string name) => Value(name) switch
    {
        null => null,
        { } value when value.TryGetValue<string>(out var text) => text,
        var value => throw Refuse(name, value.ToJsonString(), "must be a string"),
    };

    /// <summary>The members of a nested object; null where there is none, or an empty one.</summary>
    public JsonFields? Object(string name) => json[name] switch
    {
        null or JsonObject { Count: 0 } => null,
        JsonObject nested => new(nested, path),
        var other => throw Refuse(name, other.ToJsonString(), "must be an object"),
    };

    /// <summary>What several members say, one after the other.</summary>
    public string Describe(params ReadOnlySpan<string> names)
    {
        var said = new List<string>();
        foreach (var name in names)
            if (json[name] is { } value)
                said.Add($"{name} {value.ToJsonString()}");
        return string.Join("; ", said);
    }

    public RunException Refuse(string name, string value, string message) => RunException.Invalid($"{path}: {name}", value, message);

    // Otherwise they would show only when a field is read, as a fault of the program.
    private static readonly JsonDocumentOptions NoDuplicates = new() { AllowDuplicateProperties = false };

    /// <summary>Reads a file that must hold one JSON object.</summary>
    public static JsonObject Parse(ReadOnlySpan<byte> utf8, string path)
    {
        GitLfs.Refuse(utf8, path);
        try
        {
            if (JsonNode.Parse(utf8, documentOptions: NoDuplicates) is JsonObject json) return json;
            throw new JsonException("it holds no JSON object");
        }
        catch (JsonException e)
        {
            throw new RunException(ExitCode.InvalidInput, $"{path}: not valid JSON ({e.Message.TrimEnd('.')}); fetch the file again", e);
        }
    }

    private RunException Missing(string name) => Refuse(name, "", "is missing; the file must be the config.json of a Hugging Face model");

    private JsonValue? Value(string name) => json[name] switch
    {
        null => null,
        JsonValue value => value,
        var other => throw Refuse(name, other.ToJsonString(), "must be a single value"),
    };
}
