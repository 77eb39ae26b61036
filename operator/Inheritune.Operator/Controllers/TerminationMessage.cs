using System.Text.Json;
using Inheritune.Api;
using k8s;

namespace Inheritune.Operator.Controllers;

/// <summary>The last words of a trainer, at most 4096 bytes of JSON: what it could not, or not for certain, write into the status.</summary>
internal sealed record TerminationMessage
{
    public string? Reason { get; init; }

    public string? Message { get; init; }

    /// <summary>The output holds the result of this very recipe.</summary>
    public bool AlreadyComplete { get; init; }

    public RunResults? Results { get; init; }

    /// <summary>Size of one checkpoint, as a preflight has found it.</summary>
    public long? CheckpointBytes { get; init; }

    /// <summary>Text that is not the trainer's, such as a runtime's error, is taken as a message.</summary>
    public static TerminationMessage Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return new();
        try
        {
            return KubernetesJson.Deserialize<TerminationMessage>(text) ?? new();
        }
        catch (JsonException)
        {
            return new() { Message = text.Trim() };
        }
    }
}
