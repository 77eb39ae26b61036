using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Reporting;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Tokenization;
using Inheritune.Trainer.Training;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Runs;

/// <summary>Puts together what the report of a run shows, sample generations included.</summary>
/// <param name="run">The manifest.</param>
/// <param name="folder">What is known of the run.</param>
/// <param name="device">Where the models are.</param>
/// <param name="reference">The reference; null for a run from scratch.</param>
/// <param name="target">The trained target.</param>
/// <param name="tokenizer">The tokenizer of both.</param>
/// <param name="files">The files of the data.</param>
/// <param name="dataset">The data.</param>
public sealed class ReportAssembler(
    InheritRun run, RunFolder folder, Device device, Checkpoint? reference, CausalLanguageModel target, ITokenizer tokenizer, DatasetFiles files, TokenizedDataset dataset)
{
    private const int PromptTokens = 32;
    private const int DefaultPromptCount = 3;

    /// <summary>All but tasks and samples.</summary>
    public RunReport Assemble(TrainingPlan plan, TrainingState state, IReadOnlyList<MetricPoint> metrics)
    {
        var rows = Rows(plan, state);
        return new RunReport
        {
            Title = run.Metadata.Name,
            Summary = Summarise(rows),
            Curves = [new RunCurve(run.Metadata.Name, metrics)],
            Results = rows,
            Samples = [],
            Recipe = ManifestWriter.ToYaml(run),
            Facts = Facts(plan, state),
        };
    }

    /// <summary>Texts by reference and target; loads the reference once more.</summary>
    public IReadOnlyList<SampleGeneration> Samples(IRunStatus status, CancellationToken stop)
    {
        if (tokenizer is AbsentTokenizer) return [];
        var prompts = run.Spec.Report.Prompts.Count > 0 ? run.Spec.Report.Prompts : DefaultPrompts();
        using var model = reference is null ? null : Target.Load(reference, device, status, stop);
        (string Name, CausalLanguageModel Model)[] writers = model is null ? [(ResultRows.Target, target)] : [(ResultRows.Reference, model), (ResultRows.Target, target)];
        using var stage = status.Begin("Writing samples", prompts.Count * writers.Length, "samples");
        var samples = new List<SampleGeneration>();
        foreach (var prompt in prompts)
        {
            var texts = new List<KeyValuePair<string, string>>();
            foreach (var writer in writers)
            {
                texts.Add(new(writer.Name, new TextGenerator(writer.Model, tokenizer, reference?.EndOfText.Ids).Continue(prompt, run.Spec.Report.SampleTokens, 0, 0, stop, status)));
                stage.Report(samples.Count * writers.Length + texts.Count);
            }

            samples.Add(new SampleGeneration(prompt, texts));
        }

        return samples;
    }

    private List<ResultRow> Rows(TrainingPlan plan, TrainingState state)
    {
        var marker = folder.Marker;
        var rows = new List<ResultRow>();
        if (reference is not null) rows.Add(new(ResultRows.Reference, reference.Config.Layers, reference.Config.ParameterCount, marker.ReferenceLoss!.Value, 0, 0));
        var (layers, parameters) = (target.Config.Layers, target.Config.ParameterCount);
        rows.Add(new(ResultRows.TargetAtStart, layers, parameters, marker.InitialLoss!.Value, 0, 0));
        rows.Add(new(ResultRows.Target, layers, parameters, marker.FinalLoss!.Value, state.Step * plan.TokensPerStep, state.Seconds));
        return rows;
    }

    private string Summarise(List<ResultRow> rows)
    {
        var (initial, final) = (rows[^2].Loss, rows[^1].Loss);
        if (reference is null)
            return Invariant($"A {target.Config.Layers}-layer {target.Config.Family} model trained from scratch on {Numbers.Count(rows[^1].TrainingTokens)} tokens. Its validation loss went from {initial:F4} to {final:F4}.");

        var how = run.Spec.Inherit!.Policy == InheritPolicy.Random
            ? $"The shape of the first {target.Config.Layers} of {reference.Config.Layers} layers of the reference, from random weights,"
            : $"The first {target.Config.Layers} of {reference.Config.Layers} layers of the reference, inherited and";
        var gap = rows[^1].Loss - rows[0].Loss;
        return Invariant($"{how} trained on {Numbers.Count(rows[^1].TrainingTokens)} tokens. The validation loss went from {initial:F4} to {final:F4}; the reference has {rows[0].Loss:F4}, a gap of {Numbers.Gap(gap)} with {Numbers.Percent((double)rows[^1].Parameters / rows[0].Parameters)} of its parameters.");
    }

    /// <summary>Pieces of the validation data, evenly spread, each from the beginning of a line or word to the end of a word.</summary>
    private List<string> DefaultPrompts()
    {
        var windows = Windows.AtMost(dataset.Validation, PromptTokens - 1, 1);
        var window = new long[windows.Length + 1];
        var prompts = new List<string>();
        for (var i = 0; i < DefaultPromptCount; i++)
        {
            dataset.Validation.Read(windows[windows.Count * i / DefaultPromptCount], window);
            var text = tokenizer.Decode([.. window.Select(id => (int)id)]);
            var line = text.IndexOf('\n', StringComparison.Ordinal);
            var begin = (line >= 0 && line < text.Length / 2 ? line : text.IndexOf(' ', StringComparison.Ordinal)) + 1;
            var end = text.LastIndexOf(' ');
            prompts.Add((end > begin ? text[begin..end] : text).Trim());
        }

        return prompts;
    }

    private List<KeyValuePair<string, string>> Facts(TrainingPlan plan, TrainingState state)
    {
        var facts = new List<KeyValuePair<string, string>>();
        if (reference is not null)
        {
            facts.Add(new("Reference", $"{run.Spec.Reference!.Uri}: {reference.Config}"));
            facts.Add(new("Inherited weights, SHA-256", folder.Marker.InheritedDigest ?? ""));
        }

        facts.Add(new("Target", target.Config.ToString()));
        facts.Add(new("Tokenizer", tokenizer is AbsentTokenizer ? "none, so that there are no samples" : tokenizer.Description));
        facts.Add(new("Data", Invariant($"{run.Spec.Dataset.Uri}: {dataset.Train.Length:N0} tokens for training, {dataset.Validation.Length:N0} for validation")));
        if (files.LeftOut.Count > 0) facts.Add(new("Left out, so that nothing is both trained on and validated on", Names.List(files.LeftOut)));
        facts.Add(new("Data, SHA-256", dataset.Digest));
        facts.Add(new("Training", Invariant($"{plan.TotalSteps:N0} steps of {plan.TokensPerStep:N0} tokens in sequences of {plan.SequenceLength}")));
        facts.Add(new("Checkpoints", Invariant($"the longest took {state.SaveSeconds:F1} s to be saved; the training waited at most {state.StandstillSeconds:F1} s for one")));
        facts.Add(new("Device", Invariant($"{device.type}, {get_num_threads()} threads, {run.Spec.Training.Precision}")));
        facts.Add(new("Recipe, SHA-256", folder.Marker.RecipeHash));
        facts.Add(new("Trainer", Provenance.Version));
        return facts;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
