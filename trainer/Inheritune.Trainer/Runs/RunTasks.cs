using Inheritune.Api;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Runs;

/// <summary>The tasks of a run's manifest, put to reference and target when the training is over.</summary>
internal sealed class RunTasks(InheritRunSpec spec, RunFolder folder, IRunStatus status)
{
    private const string Folder = "evaluation";

    /// <summary>What is asked; null without tasks. Reads all of their data, so that what is wrong with it shows before the training.</summary>
    public static EvaluationPlan? Plan(InheritRunSpec spec, StoreFactory stores, IRunStatus status, CancellationToken stop)
    {
        var evaluation = spec.Evaluation;
        if (evaluation.Tasks.Count == 0) return null;
        var data = TaskData.Open(evaluation.DataUri!, "spec.evaluation.dataUri", stores);
        return EvaluationPlan.Build(TaskSelection.Parse(evaluation.Tasks, "spec.evaluation.tasks"), HarnessVersions.Parse(evaluation.Harness, "spec.evaluation.harness"), evaluation.Limit, data, stop, status);
    }

    /// <summary>Scores both and writes <c>evaluation/reference/results.json</c> and the same for the target, in the harness's layout.</summary>
    /// <param name="stores">Opens the data.</param>
    /// <param name="loadReference">Loads the reference; gives null when there is none.</param>
    /// <param name="target">The trained target.</param>
    /// <param name="tokenizer">The tokenizer of both.</param>
    /// <param name="stop">Ends it; the same run continues where it was.</param>
    public IReadOnlyList<ScoreRow> Evaluate(StoreFactory stores, Func<CausalLanguageModel?> loadReference, CausalLanguageModel target, ITokenizer tokenizer, CancellationToken stop)
    {
        if (Plan(spec, stores, status, stop) is not { } plan) return [];
        IReadOnlyList<TaskScore>? reference = null;
        using (var model = loadReference())
            if (model is not null) reference = Score(plan, "reference", spec.Reference!.Uri, model, tokenizer, stop);

        return ScoreRow.Of(plan, Score(plan, "target", $"{folder.Store.Location}/{RunPipeline.ModelFolder}", target, tokenizer, stop), reference);
    }

    private IReadOnlyList<TaskScore> Score(EvaluationPlan plan, string name, string location, CausalLanguageModel model, ITokenizer tokenizer, CancellationToken stop)
    {
        var scores = plan.Score(new TaskEvaluator(plan, status) { Mirror = folder.IsRemote ? folder.Open(Folder) : null }.Ask($"the {name}", model, tokenizer, folder.Work.LocalPath(Folder), stop));
        folder.Store.Write($"{Folder}/{name}/{HarnessResults.Key}", stream => HarnessResults.Write(stream, HarnessResults.Document(plan, scores, location)));
        return scores;
    }
}
