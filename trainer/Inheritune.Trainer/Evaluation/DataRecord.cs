using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Inheritune.Trainer.Evaluation;

/// <summary>One record of a data file. A field that is missing or of another kind is an error that names file, line and field.</summary>
/// <param name="json">The fields.</param>
/// <param name="place">File and line.</param>
internal sealed class DataRecord(JsonObject json, string place)
{
    public bool Has(string field) => json[field] is not null;

    /// <summary>A string; a number is taken as its digits.</summary>
    public string Text(string field) => Find(field) switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => value.ToJsonString(),
        var other => throw Refuse(field, other, "must be a string"),
    };

    /// <summary>A list of strings, not empty.</summary>
    public IReadOnlyList<string> Texts(string field) =>
        Find(field) is JsonArray { Count: > 0 } list && list.All(item => item?.GetValueKind() == JsonValueKind.String)
            ? [.. list.Select(item => item!.GetValue<string>())]
            : throw Refuse(field, Find(field), "must be a list of strings");

    /// <summary>A list of whole numbers.</summary>
    public IReadOnlyList<int> Numbers(string field) =>
        Find(field) is JsonArray list && list.All(item => Whole(item) is not null) ? [.. list.Select(item => Whole(item)!.Value)] : throw Refuse(field, Find(field), "must be a list of whole numbers");

    /// <summary>A whole number from 0 to <paramref name="exclusive"/> - 1, which may also be written as a string or as false and true.</summary>
    public int Number(string field, int exclusive = int.MaxValue) =>
        Whole(Find(field)) is { } number && number >= 0 && number < exclusive
            ? number
            : throw Refuse(field, Find(field), exclusive == int.MaxValue ? "must be a whole number" : $"must be a whole number from 0 to {exclusive - 1}");

    public double Real(string field) =>
        Find(field) is JsonValue value && value.TryGetValue<double>(out var number) ? number : throw Refuse(field, Find(field), "must be a number");

    /// <summary>Which of <paramref name="names"/> stands in the field.</summary>
    public int Choice(string field, params IReadOnlyList<string> names)
    {
        var text = Text(field).Strip();
        var index = names.ToList().IndexOf(text);
        return index >= 0 ? index : throw Refuse(field, Find(field), $"must be one of {string.Join(", ", names)}");
    }

    public RunException Refuse(string field, string message) => Refuse(field, Find(field), message);

    public bool IsSame(DataRecord other) => JsonNode.DeepEquals(json, other.Json);

    private JsonObject Json => json;

    private static int? Whole(JsonNode? node) => node?.GetValueKind() switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.Number or JsonValueKind.String when int.TryParse(node.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    /// <param name="field">A name, or names with dots between them for what is within an object.</param>
    private JsonNode Find(string field)
    {
        JsonNode? node = json;
        foreach (var name in field.Split('.'))
            node = (node as JsonObject)?[name] ?? throw Missing(field);
        return node;
    }

    private RunException Missing(string field) =>
        new(ExitCode.InvalidInput, $"{place} has no field '{field}'; it has {string.Join(", ", json.Select(entry => entry.Key).Take(12))}. Give the file of this task's data set, with the fields it has on the Hugging Face Hub");

    private RunException Refuse(string field, JsonNode value, string message)
    {
        var text = value.ToJsonString();
        return RunException.Invalid($"{place}: {field}", text.Length > 60 ? text[..60] + "..." : text, message);
    }
}
