using Inheritune.Trainer.Status;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Evaluation;

/// <summary>Everything that an evaluation asks, and what it makes of the answers.</summary>
internal sealed class EvaluationPlan
{
    private const uint ShuffleSeed = 42;

    private readonly List<PlannedTask> _tasks = [];
    private readonly List<LikelihoodRequest> _requests = [];

    private EvaluationPlan(HarnessVersion harness, int? limit, IReadOnlyList<TaskSelection> selections)
    {
        (Harness, Limit) = (harness, limit);
        Title = string.Join(", ", selections.Take(3).Select(selection => selection.Definition.Name)) + (selections.Count > 3 ? $" and {selections.Count - 3} more" : "");
        Groups = [.. selections.SelectMany(selection => selection.Definition.Groups(harness))];
    }

    public HarnessVersion Harness { get; }

    public int? Limit { get; }

    /// <summary>The names of the tasks, for people.</summary>
    public string Title { get; }

    public IReadOnlyList<PlannedTask> Tasks => _tasks;

    public IReadOnlyList<TaskGroup> Groups { get; }

    /// <summary>In the harness's order: tasks, documents, questions.</summary>
    public IReadOnlyList<LikelihoodRequest> Requests => _requests;

    /// <summary>Reads the data of all tasks and puts the questions together.</summary>
    /// <param name="selections">The tasks.</param>
    /// <param name="harness">Whose prompts.</param>
    /// <param name="limit">Documents of each task; null for all.</param>
    /// <param name="data">Their files.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="status">Hears that it gets on.</param>
    /// <exception cref="RunException">Data is missing or not what a task needs.</exception>
    public static EvaluationPlan Build(
        IReadOnlyList<TaskSelection> selections, HarnessVersion harness, int? limit, TaskData data, CancellationToken cancellation, IRunStatus? status = null)
    {
        var plan = new EvaluationPlan(harness, limit, selections);
        foreach (var selection in selections)
            foreach (var task in selection.Definition.Tasks(harness))
            {
                cancellation.ThrowIfCancellationRequested();
                plan.Add(task, selection, data);
                status?.Beat();
            }

        return plan;
    }

    /// <summary>
    /// The token that stands in for an empty context: with 0.3 that of the end of text and with 0.4 that of the beginning, if the tokenizer has both.
    /// </summary>
    public int? PrefixToken(ITokenizer tokenizer) =>
        Harness == HarnessVersion.V04 ? tokenizer.BeginOfDocument ?? tokenizer.EndOfText : tokenizer.EndOfText ?? tokenizer.BeginOfDocument;

    /// <summary>Encodes every request, as the answering will.</summary>
    /// <exception cref="RunException">One cannot be put to a model with this tokenizer and context.</exception>
    public void RequireAnswerable(ITokenizer tokenizer, int contextLength, IRunStatus status, CancellationToken cancellation)
    {
        var encoder = new RequestEncoder(tokenizer, contextLength, PrefixToken(tokenizer), cancellation);
        using var stage = status.Begin($"Encoding {Title}", _requests.Count, "requests");
        foreach (var (i, request) in _requests.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            _ = encoder.Encode(i, request).Count();
            stage.Report(i + 1);
        }
    }

    /// <summary>One score for each task, in their order, then one for each group.</summary>
    /// <param name="answers">The answers to <see cref="Requests"/>.</param>
    public IReadOnlyList<TaskScore> Score(IReadOnlyList<LikelihoodResult> answers)
    {
        var scores = new List<TaskScore>();
        foreach (var planned in _tasks)
        {
            var observations = new List<IReadOnlyList<Observation>>();
            var next = planned.FirstRequest;
            foreach (var document in planned.Documents)
            {
                observations.Add(document.Score([.. answers.Skip(next).Take(document.Questions.Count)]));
                next += document.Questions.Count;
            }

            scores.Add(new TaskScore(planned.Task.Name, planned.Documents.Count, [.. planned.Task.Metrics.Select((metric, i) => MetricScore.Of(metric, [.. observations.Select(document => document[i])]))]));
        }

        foreach (var group in Groups)
            scores.Add(GroupScores.Of(group, Harness, [.. group.Members.Select(name => scores.First(score => score.Name == name))]));
        return scores;
    }

    private void Add(EvaluationTask task, TaskSelection selection, TaskData data)
    {
        var (_, shots, field) = selection;
        // Every record is read, and in the order of the file, so that the first bad line is the one that is named.
        var records = data.Read(task, task.Split).Select(record => (Record: record, Document: task.Read(record))).ToList();
        var count = records.Count;
        if (shots > 0 && records.Any(entry => entry.Document.Example is null)) throw RunException.Invalid(field, $"{task.Name}={shots}", "must be 0: this task is asked without examples");
        var examples = shots == 0 ? [] : task.ExampleSplit is { } split ? [.. data.Read(task, split).Where(task.IsExample)] : records.Select(entry => entry.Record).ToArray();
        if (FewShotPrompt.Drawn(task, Harness, shots) is var drawn && drawn > examples.Length)
            throw RunException.Invalid(field, $"{task.Name}={shots}", $"needs {drawn} examples, and the task's data has {examples.Length}");

        var random = new PythonRandom(Harness < HarnessVersion.V04 ? ShuffleSeed : FewShotPrompt.ExampleSeed);
        if (Harness < HarnessVersion.V04) random.Shuffle(records);
        var prompt = new FewShotPrompt(task, Harness, shots, examples, random);
        var documents = new List<TaskDocument>();
        var first = _requests.Count;
        foreach (var (number, (record, document)) in records.Take(Limit ?? count).Index())
        {
            documents.Add(document);
            var before = prompt.Before(record);
            var context = "";
            foreach (var (index, question) in document.Questions.Index())
            {
                // Choices of one question share one string, for their sake who compare contexts.
                if (context.Length != before.Length + question.Prompt.Length || !context.EndsWith(question.Prompt, StringComparison.Ordinal)) context = before + question.Prompt;
                _requests.Add(new LikelihoodRequest(task.Name, number, index, context, question.Continuation));
            }
        }

        _tasks.Add(new PlannedTask(task, shots, count, documents, first));
    }
}
