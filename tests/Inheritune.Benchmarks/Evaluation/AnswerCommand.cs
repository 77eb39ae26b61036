using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Inheritune.Trainer.Evaluation;

namespace Inheritune.Benchmarks.Evaluation;

/// <summary><c>answer MODEL REQUESTS ANSWERS [--one-at-a-time]</c>, a process of <see cref="EvaluateBenchmark"/>: answers requests and prints the seconds that took.</summary>
internal sealed class AnswerCommand : Command
{
    private readonly Argument<string> _model = new("model");

    private readonly Argument<string> _requests = new("requests");

    private readonly Argument<string> _answers = new("answers");

    private readonly Option<bool> _plain = new("--one-at-a-time");

    public AnswerCommand()
        : base("answer")
    {
        Hidden = true;
        Add(_model);
        Add(_requests);
        Add(_answers);
        Add(_plain);
        SetAction(arguments => Console.WriteLine(JsonSerializer.Serialize(new { seconds = Answer(
            arguments.GetRequiredValue(_model), arguments.GetRequiredValue(_requests), arguments.GetRequiredValue(_answers), arguments.GetValue(_plain)) })));
    }

    private static double Answer(string folder, string requestFile, string answerFile, bool isPlain)
    {
        var (model, tokenizer) = Models.Open(folder);
        using var _ = model;
        LikelihoodRequest[] requests = [.. File.ReadLines(requestFile).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).Select(Request)];

        var clock = Stopwatch.StartNew();
        var answers = isPlain
            ? [.. PlainScorer.Score(model, tokenizer, requests)]
            : new LikelihoodScorer(model, tokenizer, TaskEvaluator.TokenBudget(model.Device)).Score(requests, CancellationToken.None).OrderBy(answer => answer.Index).Select(answer => answer.Result).ToArray();
        var seconds = clock.Elapsed.TotalSeconds;

        SamplesFile.Write(answerFile, requests, answers);
        return seconds;
    }

    private static LikelihoodRequest Request(JsonElement line) =>
        new(line.GetProperty("task").GetString()!, line.GetProperty("document").GetInt32(), line.GetProperty("request").GetInt32(), line.GetProperty("context").GetString()!, line.GetProperty("continuation").GetString());
}
