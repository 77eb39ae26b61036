using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Api;

namespace Inheritune.Trainer.Status;

/// <summary>
/// The last words of a process, in the file that <c>INHERITUNE_TERMINATION_LOG</c> names; Kubernetes keeps it in the pod's status, where the operator
/// finds what became of the run even if no other word of it has arrived.
/// </summary>
internal static class TerminationMessage
{
    /// <summary>What Kubernetes keeps of the file.</summary>
    public const int MaxBytes = 4096;

    private const string Variable = "INHERITUNE_TERMINATION_LOG";

    /// <summary>The file; null when nobody asks for the message.</summary>
    public static string? Path => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : null;

    /// <summary>Writes the message, if the variable is set. A file that cannot be written is worth a warning and no more.</summary>
    public static void Write(
        ExitCode code, string message, bool alreadyComplete, RunResults? results, Action<string> warn, long? checkpointBytes = null,
        RunProgress? progress = null, string? reason = null)
    {
        if (Path is not { } path) return;
        try
        {
            File.WriteAllBytes(path, Compose(code, message, alreadyComplete, results, checkpointBytes, progress, reason));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            warn($"{Variable}: the termination message is not written: {e.Message}");
        }
    }

    /// <summary>JSON of at most <see cref="MaxBytes"/>; the message is cut where it would be longer.</summary>
    public static byte[] Compose(
        ExitCode code, string message, bool alreadyComplete, RunResults? results, long? checkpointBytes = null,
        RunProgress? progress = null, string? reason = null)
    {
        var document = new JsonObject { ["code"] = (int)code, ["reason"] = reason ?? $"{code}", ["message"] = "" };
        if (alreadyComplete) document["alreadyComplete"] = true;
        if (results is not null) document["results"] = JsonSerializer.SerializeToNode(results, StatusJson.Options);
        if (progress is not null) document["progress"] = JsonSerializer.SerializeToNode(progress, StatusJson.Options);
        if (checkpointBytes is not null) document["checkpointBytes"] = checkpointBytes;
        for (var kept = Math.Min(message.Length, MaxBytes); ; kept--)
        {
            if (kept > 0 && char.IsHighSurrogate(message[kept - 1])) continue;
            document["message"] = kept == message.Length ? message : message[..kept] + "…";
            var bytes = JsonSerializer.SerializeToUtf8Bytes(document, StatusJson.Options);
            if (bytes.Length <= MaxBytes) return bytes;
        }
    }
}
