using System.Text.Json;
using System.Text.Json.Serialization;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Reporting;

/// <summary>
/// <c>results.json</c>: what the report says, for programs; the curves are in <c>metrics.jsonl</c>. Losses are in nats per
/// token, times in seconds; a number that is NaN or infinite becomes null.
/// </summary>
public static class ResultsFile
{
    public const string Key = "results.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new FiniteNumber() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(RunReport report, IObjectStore output)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(output);
        var document = new Document(
            report.Title, report.Summary, report.Results.FindBestTarget(), report.Results.FindReference(), report.Results.GapClosed(), report.Results, report.Tasks, report.Faults, report.Samples, report.Recipe, new Dictionary<string, string>(report.Facts));
        output.Write(Key, stream => JsonSerializer.Serialize(stream, document, Json));
    }

    /// <summary>Reads the file of a complete run; the curves are given by the caller.</summary>
    public static RunReport Read(IObjectStore output, IReadOnlyList<RunCurve> curves)
    {
        ArgumentNullException.ThrowIfNull(output);
        try
        {
            using var stream = output.OpenRead(Key);
            var document = JsonSerializer.Deserialize<Document>(stream, Json) ?? throw new JsonException("the file is empty");
            return new RunReport
            {
                Title = document.Title,
                Summary = document.Summary,
                Curves = curves,
                Results = document.Results,
                Tasks = document.Tasks ?? [],
                Faults = document.Faults ?? [],
                Samples = document.Samples,
                Recipe = document.Recipe,
                Facts = [.. document.Facts],
            };
        }
        catch (JsonException e)
        {
            throw new RunException(ExitCode.InvalidInput, $"{output.Location}/{Key}: {e.Message}; remove the output folder and run again", e);
        }
    }

    /// <param name="Faults">What is missing, and why; empty when the run is complete.</param>
    /// <param name="GapClosed">Share of the gap between step 0 and the reference that training closed; null without a reference.</param>
    private sealed record Document(
        string Title,
        string Summary,
        ResultRow? Best,
        ResultRow? Reference,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? GapClosed,
        IReadOnlyList<ResultRow> Results,
        IReadOnlyList<ScoreRow>? Tasks,
        IReadOnlyList<string>? Faults,
        IReadOnlyList<SampleGeneration> Samples,
        string Recipe,
        IReadOnlyDictionary<string, string> Facts);
}
