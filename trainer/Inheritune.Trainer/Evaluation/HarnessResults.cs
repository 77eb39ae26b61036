using System.Text.Json;
using System.Text.Json.Nodes;

namespace Inheritune.Trainer.Evaluation;

/// <summary><c>results.json</c> in the layout of the harness's version, so that what reads its files reads ours.</summary>
internal static class HarnessResults
{
    public const string Key = "results.json";

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        Converters = { new FiniteNumber() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions ComparisonOptions = new(Options) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <param name="plan">What was asked.</param>
    /// <param name="scores">The scores of one model.</param>
    /// <param name="model">Where the model is.</param>
    public static JsonObject Document(EvaluationPlan plan, IReadOnlyList<TaskScore> scores, string model)
    {
        var isNew = plan.Harness == HarnessVersion.V04;
        var json = new JsonObject { ["results"] = Map(scores, score => score.Name, score => isNew ? New(score, plan) : Old(score)) };
        if (isNew)
        {
            if (plan.Groups.Count > 0) json["groups"] = Map(plan.Groups, group => group.Name, group => New(scores.First(score => score.Name == group.Name), plan));
            json["group_subtasks"] = new JsonObject(
            [
                .. plan.Groups.Reverse().Select(group => KeyValuePair.Create(group.Name, (JsonNode?)new JsonArray([.. group.Members.Select(member => JsonValue.Create(member))]))),
                .. plan.Tasks.Where(task => !plan.Groups.Any(group => group.Members.Contains(task.Task.Name))).Select(task => KeyValuePair.Create(task.Task.Name, (JsonNode?)new JsonArray())),
            ]);
            json["configs"] = Map(plan.Tasks, task => task.Task.Name, task => new JsonObject { ["task"] = task.Task.Name, ["num_fewshot"] = task.Shots });
        }

        json["versions"] = Map(plan.Tasks, task => task.Task.Name, task => isNew ? JsonValue.Create(task.Task.Version) : JsonValue.Create((int)task.Task.Version));
        if (isNew)
        {
            json["n-shot"] = Map(plan.Tasks, task => task.Task.Name, task => JsonValue.Create(task.Shots));
            json["higher_is_better"] = Map(plan.Tasks, task => task.Task.Name, task => Map(task.Task.Metrics, metric => metric.Name, metric => JsonValue.Create(metric.HigherIsBetter)));
            json["n-samples"] = Map(plan.Tasks, task => task.Task.Name, task => new JsonObject { ["original"] = task.DocumentCount, ["effective"] = task.Documents.Count });
        }

        var shots = plan.Tasks.Select(task => task.Shots).Distinct().ToArray();
        json["config"] = new JsonObject
        {
            ["model"] = "inheritune-trainer",
            ["model_args"] = $"pretrained={model}",
            ["num_fewshot"] = shots.Length == 1 ? shots[0] : null,
            ["limit"] = plan.Limit,
            ["bootstrap_iters"] = 100000,
            ["description_dict"] = null,
        };
        return json;
    }

    /// <summary>Two models side by side, which the harness does not have.</summary>
    public static JsonNode Comparison(IReadOnlyList<ScoreRow> rows) => JsonSerializer.SerializeToNode(rows, ComparisonOptions)!;

    public static void Write(Stream stream, JsonObject document) => JsonSerializer.Serialize(stream, document, Options);

    private static JsonObject Old(TaskScore score)
    {
        var json = new JsonObject();
        foreach (var metric in score.Metrics)
        {
            json[Label(metric)] = Finite(metric.Value);
            if (metric.StandardError is { } error) json[$"{Label(metric)}_stderr"] = Finite(error);
        }

        return json;
    }

    private static JsonObject New(TaskScore score, EvaluationPlan plan)
    {
        var json = new JsonObject { ["alias"] = plan.Groups.FirstOrDefault(group => group.Name == score.Name)?.Alias ?? score.Name.Replace("mmlu_", "", StringComparison.Ordinal) };
        foreach (var metric in score.Metrics)
        {
            json[$"{Label(metric)},none"] = Finite(metric.Value);
            json[$"{Label(metric)}_stderr,none"] = metric.StandardError is { } error ? Finite(error) : "N/A";
        }

        return json;
    }

    /// <summary>A perplexity can exceed every number.</summary>
    private static JsonNode? Finite(double value) => double.IsFinite(value) ? value : null;

    private static string Label(MetricScore metric) => metric.Metric.Name.Replace(' ', '_');

    private static JsonObject Map<T>(IEnumerable<T> items, Func<T, string> key, Func<T, JsonNode?> value) => new(items.Select(item => KeyValuePair.Create(key(item), value(item))));
}
