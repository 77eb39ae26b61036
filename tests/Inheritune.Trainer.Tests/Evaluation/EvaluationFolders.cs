using System.Security.Cryptography;
using System.Text;
using Inheritune.Api;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tests.Evaluation;

/// <summary>Plans over folders, and their requests as Python writes them.</summary>
internal static class EvaluationFolders
{
    public static EvaluationPlan Plan(string folder, string tasks, HarnessVersion harness = HarnessVersion.V03, int shots = 0, int? limit = null)
    {
        using var stores = new StoreFactory(new StorageSpec(), SilentStatus.Instance, CancellationToken.None);
        return EvaluationPlan.Build(TaskSelection.Parse(tasks, $"{shots}"), harness, limit, TaskData.Open(folder, "--data", stores), CancellationToken.None);
    }

    /// <summary>SHA-256 of <c>json.dumps(requests)</c>.</summary>
    public static string Digest(IEnumerable<LikelihoodRequest> requests)
    {
        var text = new StringBuilder("[");
        foreach (var request in requests)
        {
            text.Append(text.Length > 1 ? ", [" : "[");
            Quote(text, request.Context);
            if (request.Continuation is { } continuation) Quote(text.Append(", "), continuation);
            text.Append(']');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text.Append(']').ToString())));
    }

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
            _ = c switch
            {
                '"' or '\\' => text.Append('\\').Append(c),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' or > '~' when c != '\x7f' => text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        text.Append('"');
    }
}
