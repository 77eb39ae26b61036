using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Reporting;

/// <summary>Writes <c>results.json</c>: the results table and the facts of a run, for programs.</summary>
public static class ResultsFile
{
    public const string Key = "results.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Losses are in nats per token, times in seconds; a number that is NaN or infinite becomes a string.</summary>
    public static void Write(RunReport report, IObjectStore output)
    {
        var facts = new JsonObject();
        foreach (var (name, value) in report.Facts) facts[name] = value;
        var document = new
        {
            report.Title,
            report.Summary,
            Best = report.Results.FindBestTarget(),
            Reference = report.Results.FindReference(),
            GapClosed = report.Results.GapClosed(),
            report.Results,
            Facts = facts,
        };
        output.Write(Key, stream => JsonSerializer.Serialize(stream, document, Json));
    }
}
