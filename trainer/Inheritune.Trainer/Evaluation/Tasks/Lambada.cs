namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>The last word of a passage (Paperno et al., 2016), in the form that OpenAI made for GPT-2.</summary>
internal sealed class Lambada() : TaskDefinition("lambada_openai")
{
    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new CustomTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Data = [Name, "lambada_test_en", "lambada_test"],
            Split = [.. FileNames.Test, .. FileNames.Validation],
            ExampleSplit = null,
            Counts = [new Metric(harness == HarnessVersion.V04 ? "perplexity" : "ppl", Aggregation.Perplexity, HigherIsBetter: false), Metric.Accuracy],
            Document = doc =>
            {
                var text = doc.Text("text");
                var space = text.LastIndexOf(' ') is >= 0 and var index ? index : throw doc.Refuse("text", "must have more than one word");
                var question = new Question(text[..space], text[space..]);
                return new TaskDocument
                {
                    // 0.3 asks twice: once for the log-likelihood, once whether the word is the greedy one.
                    Questions = harness == HarnessVersion.V04 ? [question] : [question, question],
                    // 0.4 puts its delimiter before the word's own space.
                    Example = harness == HarnessVersion.V04 ? $"{text[..space]} {text[space..]}" : text,
                    Score = answers => [answers[0].LogLikelihood, answers[^1].Greedy],
                };
            },
        },
    ];
}
