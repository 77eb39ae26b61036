using System.Text.Json;
using Inheritune.Api;

namespace Inheritune.Operator.Controllers;

/// <summary>
/// The last words of a trainer, at most 4096 bytes of JSON: what it could not, or not for certain, write into the status. Any image may
/// have written them, so each is taken for itself.
/// </summary>
internal sealed record TerminationMessage
{
    public string? Reason { get; private init; }

    public string? Message { get; private init; }

    /// <summary>The output holds the result of this very recipe.</summary>
    public bool AlreadyComplete { get; private init; }

    public RunResults? Results { get; private init; }

    /// <summary>How far the run had come.</summary>
    public RunProgress? Progress { get; private init; }

    /// <summary>Size of one checkpoint, as a preflight has found it.</summary>
    public long? CheckpointBytes { get; private init; }

    /// <summary>What was left out because it is not as the status has it, for the end of a sentence; empty when nothing was.</summary>
    public string Remark { get; private init; } = "";

    /// <summary>Text that is not the trainer's, such as a runtime's error, is taken as a message.</summary>
    public static TerminationMessage Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return new();
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object && Read(document.RootElement) is { } words) return words;
        }
        catch (JsonException)
        {
            // No JSON.
        }

        return new() { Message = text.Trim() };
    }

    /// <summary>Null when none of it is known here.</summary>
    private static TerminationMessage? Read(JsonElement json)
    {
        var reader = new LenientReader();
        var words = new TerminationMessage
        {
            Reason = reader.Value<string>(json, "reason"),
            Message = reader.Value<string>(json, "message"),
            AlreadyComplete = reader.Value<bool?>(json, "alreadyComplete") == true,
            Results = reader.Part<RunResults>(json, "results"),
            Progress = reader.Part<RunProgress>(json, "progress"),
            CheckpointBytes = reader.Field<long?>(json, typeof(InheritRunStatus), "checkpointBytes"),
        };
        if (words == new TerminationMessage() && reader.Faults.Count == 0) return null;
        return reader.Faults.Count == 0 ? words : words with { Remark = $"; left out of the last words: {string.Join("; ", reader.Faults)}" };
    }
}
