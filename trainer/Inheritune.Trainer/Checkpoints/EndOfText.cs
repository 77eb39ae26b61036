using System.Text.Json;
using System.Text.Json.Nodes;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>The tokens that end a text: <c>eos_token_id</c> of <c>generation_config.json</c> or, only where that file is missing, of <c>config.json</c>.</summary>
/// <param name="Ids">The ids; null where the file does not say.</param>
/// <param name="Ignored">What stands there and is no id of the vocabulary, in words; null where there is no such thing.</param>
public sealed record EndOfText(IReadOnlyList<int>? Ids, string? Ignored)
{
    /// <summary>The field of both files.</summary>
    public const string Field = "eos_token_id";

    /// <summary>Reads a number, a list of numbers, or a list of lists: transformers stops at each of them. A float counts where it is whole.</summary>
    /// <param name="file">Name of the file, for the message.</param>
    /// <param name="json">What is in it.</param>
    /// <param name="vocabularySize">Number of the model's ids.</param>
    internal static EndOfText Of(string file, JsonObject json, int vocabularySize)
    {
        if (json[Field] is not { } given) return new(null, null);
        var ignored = string.Join(", ", Flat(given).Where(value => Id(value, vocabularySize) is null).Select(value => value?.ToJsonString() ?? "null"));
        return new([.. IdsOf(given, vocabularySize)], ignored.Length == 0 ? null
            : $"{Field} {ignored} in {file} is no id from 0 to {vocabularySize - 1}; it is ignored, and no text ends there");
    }

    /// <summary>The ids of the vocabulary among what a field of token ids holds.</summary>
    internal static IEnumerable<int> IdsOf(JsonNode given, int vocabularySize) => Flat(given).Select(value => Id(value, vocabularySize)).OfType<int>().Distinct();

    private static IEnumerable<JsonNode?> Flat(JsonNode? node) => node is JsonArray list ? list.SelectMany(Flat) : [node];

    private static int? Id(JsonNode? node, int vocabularySize) =>
        node?.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue<double>(out var number) && number >= 0 && number < vocabularySize && double.IsInteger(number)
            ? (int)number
            : null;
}
