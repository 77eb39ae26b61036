using System.Text.Json;
using Inheritune.Trainer.Evaluation;

namespace Inheritune.Trainer.Tests.Evaluation;

/// <summary>What the harness itself asks and computes, as <c>tests/infra/peer/harness.py</c> wrote it down, about the tasks' own documents too where they are there.</summary>
public sealed class HarnessOracleTests
{
    /// <summary>Of MMLU there are several subjects.</summary>
    private static readonly ILookup<(string Documents, string Task, string Harness, int Shots), JsonElement> Oracle = TaskDocuments.Folders.Keys
        .SelectMany(documents => Rows(documents).Select(row => (documents, row)))
        .ToLookup(entry => (entry.documents, Text(entry.row, "task").Split('/')[0], Text(entry.row, "harness"), entry.row.GetProperty("shots").GetInt32()), entry => entry.row);

    public static TheoryData<string, string, string, int> Asked => [.. Oracle.Select(rows => rows.Key)];

    [Theory, MemberData(nameof(Asked))]
    public void Requests_and_metrics_are_those_of_the_harness(string documents, string task, string harness, int shots)
    {
        var plan = EvaluationFolders.Plan(TaskDocuments.Folders[documents], task, HarnessVersions.Parse(harness, "--harness"), shots);
        Assert.Equal(task == "mmlu" ? 57 : 1, plan.Tasks.Count);
        foreach (var expected in Oracle[(documents, task, harness, shots)])
        {
            var subject = Text(expected, "task").Split('/')[^1];
            var planned = plan.Tasks.Single(one => one.Task.Name == subject || one.Task.Name == $"mmlu_{subject}" || one.Task.Name == $"hendrycksTest-{subject}");
            var (first, count) = (planned.FirstRequest, planned.Documents.Sum(document => document.Questions.Count));
            Assert.Equal(expected.GetProperty("requests").GetInt32(), count);
            Assert.Equal(Text(expected, "sha256"), EvaluationFolders.Digest(plan.Requests.Skip(first).Take(count)));
            if (!expected.TryGetProperty("metrics", out var metrics)) continue;

            var random = new PythonRandom(42);
            var answers = Enumerable.Range(0, plan.Requests.Count).Select(i => new LikelihoodResult(i >= first && i < first + count ? -random.Unit() : 0, false)).ToArray();
            var score = plan.Score(answers).Single(one => one.Name == planned.Task.Name);
            var computed = score.Metrics.SelectMany(metric => new[] { (metric.Metric.Name, metric.Value), ($"{metric.Metric.Name}_stderr", metric.StandardError ?? double.NaN) }).ToDictionary();
            Assert.Equal(score.Metrics.Select(metric => metric.Metric.Name).Order(), metrics.EnumerateObject().Select(metric => metric.Name).Where(name => !name.EndsWith("_stderr", StringComparison.Ordinal)).Order());
            Assert.All(metrics.EnumerateObject(), metric => Assert.Equal(metric.Value.GetDouble(), computed[metric.Name], 1e-12));
        }
    }

    [Fact]
    public void Version_04_takes_the_file_in_its_order_and_drops_no_document_of_it()
    {
        var folder = TestData.Path("eval");
        var lines = File.ReadAllLines(Path.Combine(folder, "piqa.jsonl"));
        var plan = EvaluationFolders.Plan(folder, "piqa", HarnessVersion.V04);
        Assert.Equal($"Question: {Text(JsonDocument.Parse(lines[0]).RootElement, "goal")}\nAnswer:", plan.Requests[0].Context);
        Assert.Equal(2 * lines.Length, plan.Requests.Count);
        Assert.Equal(10, EvaluationFolders.Plan(folder, "piqa", HarnessVersion.V04, limit: 5).Requests.Count);
    }

    private static JsonElement.ArrayEnumerator Rows(string documents) =>
        JsonDocument.Parse(File.ReadAllText(Checkout.File($"tests/Inheritune.Trainer.Tests/Evaluation/Fixtures/harness-{documents}.json"))).RootElement.EnumerateArray();

    private static string Text(JsonElement row, string field) => row.GetProperty(field).GetString()!;
}
