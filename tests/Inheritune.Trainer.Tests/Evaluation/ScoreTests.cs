using Inheritune.Trainer.Evaluation;

namespace Inheritune.Trainer.Tests.Evaluation;

/// <summary>Scores by hand.</summary>
public sealed class ScoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Accuracy_takes_the_first_of_equals_and_the_normalized_one_counts_code_points()
    {
        // Without the length, the second is likelier; per character of four, the first (five code points, of which one is a pair).
        _folder.Write("piqa.jsonl", """{"goal": "g", "sol1": "ab\ud83d\ude00de", "sol2": "wxyz", "label": 0}""");
        var plan = EvaluationFolders.Plan(_folder.Path, "piqa");
        Assert.Equal([0.0, 1.0], Values(plan, -5, -4.9));
        Assert.Equal([0.0, 1.0], Values(plan, -5, -4.1));
        Assert.Equal([0.0, 0.0], Values(plan, -5, -3.9));
        Assert.Equal([1.0, 1.0], Values(plan, -4, -4));
    }

    [Fact]
    public void Truthful_answers()
    {
        _folder.Write("truthfulqa_mc.jsonl", """{"question": "q", "mc1_targets": {"choices": ["a", "b"], "labels": [1, 0]}, "mc2_targets": {"choices": ["a", "c", "b"], "labels": [1, 1, 0]}}""");
        var plan = EvaluationFolders.Plan(_folder.Path, "truthfulqa_mc");
        Assert.Equal([1.0, 0.75], Values(plan, -1, -2, Math.Log(0.1), Math.Log(0.2), Math.Log(0.1)), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(0, Values(plan, -2, -1, -1, -1, -1)[0]);
    }

    [Fact]
    public void Perplexities_are_per_word_and_byte_of_the_page_as_it_was()
    {
        // Python's re.split finds an empty piece at each end: five words. Twelve bytes.
        _folder.Write("wikitext.jsonl", """{"page": " a é , d.. "}""");
        var values = Values(EvaluationFolders.Plan(_folder.Path, "wikitext"), -6);
        Assert.Equal([Math.Exp(6.0 / 6), Math.Exp(6.0 / 12), 6.0 / 12 / Math.Log(2)], values, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Lambada_is_greedy_or_wrong_and_its_error_is_the_harness_s_bootstrap()
    {
        _folder.Write("lambada_openai.jsonl", string.Concat(Enumerable.Repeat("{\"text\": \"a b\"}\n", 4)));
        var plan = EvaluationFolders.Plan(_folder.Path, "lambada_openai", HarnessVersion.V04);
        var metrics = plan.Score([new(-1.5, true), new(-0.25, false), new(-3, true), new(-2, true)])[0].Metrics;
        Assert.Equal(["perplexity", "acc"], metrics.Select(metric => metric.Metric.Name));
        Assert.Equal(5.405948925141167, metrics[0].Value, 1e-12);
        Assert.Equal(3.0800494472557642, metrics[0].StandardError!.Value, 1e-9);
        Assert.Equal(0.75, metrics[1].Value);
        Assert.Equal(0.25, metrics[1].StandardError!.Value, 1e-12);
    }

    [Fact]
    public void Groups_are_means_of_tasks_and_of_documents_with_the_pooled_error()
    {
        double[][] outcomes = [[1, 0], [1, 1, 1, 0]];
        var members = outcomes.Select((values, i) => new TaskScore($"m{i}", values.Length, [MetricScore.Of(Metric.Accuracy, [.. values.Select(value => new Observation(value))])])).ToArray();
        var group = GroupScores.Of(new TaskGroup("g", ["m0", "m1"], "g"), HarnessVersion.V03, members);
        Assert.Equal(["acc", "acc by size"], group.Metrics.Select(metric => metric.Metric.Name));
        Assert.Equal(0.625, group.Metrics[0].Value);
        Assert.Equal(4.0 / 6, group.Metrics[1].Value, 1e-12);
        // Errors 0.5 and 0.25: mean of tasks sqrt(0.5^2 + 0.25^2) / 2; pooled sqrt((1 * 2 * 0.25 + 3 * 4 * 0.0625) / 4 / 6).
        Assert.Equal(Math.Sqrt(0.3125) / 2, group.Metrics[0].StandardError!.Value, 1e-12);
        Assert.Equal(Math.Sqrt(1.25 / 4 / 6), group.Metrics[1].StandardError!.Value, 1e-12);
        var both = GroupScores.Of(new TaskGroup("all", ["g", "g"], "all"), HarnessVersion.V04, [GroupScores.Of(new TaskGroup("g", ["m0", "m1"], "g"), HarnessVersion.V04, members)]);
        Assert.Equal([4.0 / 6, 0.625], both.Metrics.Select(metric => metric.Value), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_difference_is_judged_by_pairs()
    {
        var target = MetricScore.Of(Metric.Accuracy, [1.0, 1.0, 1.0, 0.0]);
        var reference = MetricScore.Of(Metric.Accuracy, [1.0, 0.0, 0.0, 0.0]);
        var paired = PairedDifference.Of(target, reference);
        // Differences 0, 1, 1, 0: mean 0.5, sample deviation sqrt(1/3), error sqrt(1/12), z = sqrt(3).
        Assert.Equal(0.5, paired.Difference);
        Assert.Equal(Math.Sqrt(1.0 / 12), paired.StandardError!.Value, 1e-12);
        Assert.Equal(0.08326451666355042, paired.PValue!.Value, 1e-9);
        Assert.Equal(1, PairedDifference.Of(target, target).PValue);
    }

    private static double[] Values(EvaluationPlan plan, params double[] answers) =>
        [.. plan.Score([.. answers.Select(answer => new LikelihoodResult(answer, false))])[0].Metrics.Select(metric => metric.Value)];
}
