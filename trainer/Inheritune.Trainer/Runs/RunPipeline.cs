using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Reporting;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;
using Inheritune.Trainer.Training;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Runs;

/// <summary>
/// A whole run, in one direction: look at the output, open the reference and the data, claim the output, evaluate the
/// reference, inherit, train, evaluate, export, report. Interrupted anywhere, the same call continues; what is done is not done again.
/// </summary>
/// <param name="run">The manifest.</param>
/// <param name="device">Where the models are.</param>
/// <param name="status">Hears of everything.</param>
/// <param name="profile">Whether the training says where its time goes.</param>
/// <param name="threads">CPU threads that were asked for; null: a run that goes on takes no more than it had before.</param>
/// <param name="time">By which the owners of outputs live and die; null: the system's.</param>
public sealed class RunPipeline(
    InheritRun run, Device device, IRunStatus status, bool profile = false, int? threads = null, TimeProvider? time = null)
{
    private readonly InheritRunSpec _spec = run.Spec;

    /// <summary>Runs or continues.</summary>
    /// <param name="stop">Asks to stop; a checkpoint is written and <see cref="OperationCanceledException"/> thrown.</param>
    public RunOutcome Execute(CancellationToken stop)
    {
        // 1. The output is free or belongs to this recipe, or nothing happens.
        using var stores = new StoreFactory(_spec.Storage, status, stop);
        using var folder = RunFolder.For(run, stores, status, time);
        return folder.While(either => Execute(stores, folder, either), stop);
    }

    private RunOutcome Execute(StoreFactory stores, RunFolder folder, CancellationToken stop)
    {
        if (folder.Marker.Complete)
        {
            status.Info($"Run '{folder.Marker.Name}' is already complete in {folder.Store.Location}; nothing to do");
            var curve = new RunCurve(folder.Marker.Name, MetricsFile.Read(folder.Store, MetricsKey));
            if (folder.Finished() is { } progress) status.Report(progress);
            status.Report(folder.Results());
            return Outcome(folder, ResultsFile.Read(folder.Store, [curve]), alreadyComplete: true);
        }

        status.Report(folder.Standing(_spec.Training.Steps));

        // 2. What goes in: reference, tokenizer, data. Everything that can be wrong with them shows here, before the first write.
        var inputs = RunInputs.Find(_spec, folder, stores, status, stop);
        var reference = inputs.Reference;
        var tokenizer = inputs.Tokenizer ?? RunTokenizer.Train(_spec, inputs.Data, folder, status, stop);
        if (inputs.Tokenizer is null) inputs.RequireAnswerable(tokenizer.Value, status, stop);
        var plan = inputs.Plan(tokenizer.Value.VocabularySize);
        var training = TrainingPlan.For(_spec.Training, plan.Target);
        if (DiskForecast.Of(_spec, folder, inputs, plan.Target, training.TotalSteps).Shortage() is { } shortage) status.Warn(shortage);
        using var dataset = TokenizedDataset.Open(_spec.Dataset, inputs.Data, _spec.Storage.CacheMebibytes, tokenizer.Value, plan.Target.VocabularySize, training.SequenceLength, status, stop);
        var evaluator = new LossEvaluator(dataset.Validation, training.SequenceLength, _spec.Training.MicroBatchSize);
        Announce(reference, plan, training, dataset);
        folder.Claim(inputs.Data, dataset.Digest);

        // 3. The mark to reach.
        if (reference is not null && folder.Marker.ReferenceLoss is null)
        {
            using var model = Configure(Target.Load(reference, device, status, stop, plan));
            status.Report(RunActivity.Evaluating);
            folder.Update(marker => marker with { ReferenceLoss = evaluator.Exact(model, "the reference", status, stop) });
            status.Report(folder.Results());
            status.Report(RunActivity.Staging);
        }

        if (reference is not null) RequireFit(folder.Marker.ReferenceLoss!.Value, reference);

        // 4. The target, trained. What only the training needs is gone then: the reference comes back into its place.
        using var target = Configure(Target.Allocate(plan.Target, device));
        var state = Train(target, folder, plan, training, reference, dataset, evaluator, stop);

        // 5. How close it came.
        status.Report(RunActivity.Evaluating);
        if (folder.Marker.FinalLoss is null)
            folder.Update(marker => marker with { FinalLoss = evaluator.Exact(target, "the target", status, stop) });

        status.Report(new InheritRunStatus { Progress = new() { EvalLoss = Figures.Loss(folder.Marker.FinalLoss) }, Results = folder.Results() });

        // 6. The model comes out. Nothing that happens from here on costs it.
        var assembler = new ReportAssembler(run, folder, device, reference, target, tokenizer.Value, inputs.Data, dataset);
        var report = assembler.Assemble(training, state, MetricsFile.Read(folder.Work, MetricsKey));
        var written = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var output = folder.Open(ModelFolder, written);
        HuggingFaceExporter.Write(target, reference?.Json, tokenizer.Folder, tokenizer.Value.EndOfDocument, _spec.Output.Precision, output, status);
        Provenance.Write(output, run, folder.Marker, reference, plan, tokenizer.Value, dataset);
        ModelCard.Write(report, output, hasTokenizer: TokenizerFiles.Any(tokenizer.Folder));
        folder.Exported(written);
        status.Report(folder.Results());

        // 7. What the report shows besides. What fails there is told, and the same command tries it again.
        var faults = new LateFaults(status);
        var tasks = faults.Try("tasks", () => new RunTasks(_spec, folder, status).Evaluate(stores, LoadReference, target, tokenizer.Value, stop));
        var samples = faults.Try("samples", () => assembler.Samples(status, stop));
        report = report with { Tasks = tasks ?? [], Samples = samples ?? [], Faults = faults.Messages };
        ReportWriter.Write(report, folder.Store);
        ResultsFile.Write(report, folder.Store);
        folder.Publish(MetricsKey);
        folder.Reported(isComplete: faults.Messages.Count == 0);
        status.Report(folder.Results());
        faults.Throw(folder.Open(ModelFolder).Location);
        return Outcome(folder, report, alreadyComplete: false);

        CausalLanguageModel? LoadReference() => reference is null ? null : Configure(Target.Load(reference, device, status, stop));
    }

    internal const string MetricsKey = "metrics.jsonl";
    internal const string ModelFolder = "model";

    /// <summary>Trains to the end: from the last checkpoint, else from the reference.</summary>
    private TrainingState Train(
        CausalLanguageModel target, RunFolder folder, InheritancePlan plan, TrainingPlan training, Checkpoint? reference, TokenizedDataset dataset, LossEvaluator evaluator, CancellationToken stop)
    {
        using var optimizer = new AdamW(target, _spec.Training);
        var mirror = folder.IsRemote ? new CheckpointMirror(folder, _spec.Checkpoint.KeepLast, status) : null;
        mirror?.Restore(stop);
        using var checkpoints = new TrainingCheckpoints(folder.Work, folder.Marker.RecipeHash, _spec.Checkpoint.KeepLast, status, mirror);
        var state = Resume(folder, checkpoints, target, optimizer, training) ?? Begin(folder, target, plan, reference, evaluator, stop);
        using var metrics = new MetricsFile(folder.Work.LocalPath(MetricsKey));
        metrics.TruncateTo(state.MetricsBytes);
        if (profile) OperatorTimes.Start();
        target.Clock = profile ? new ActivityClock(TimeProvider.System) : null;
        var batches = (long)training.TotalSteps * _spec.Training.GradientAccumulationSteps;
        var sampler = new BatchSampler(dataset.Train, training.SequenceLength, _spec.Training.MicroBatchSize, _spec.Training.Seed, device, batches);
        new TrainingLoop(_spec, training, target, optimizer, sampler, evaluator, checkpoints, metrics, status).Run(state, stop);
        target.ClearGradients();
        return state;
    }

    private TrainingState? Resume(RunFolder folder, TrainingCheckpoints checkpoints, CausalLanguageModel target, AdamW optimizer, TrainingPlan training)
    {
        var state = checkpoints.LoadLatest(target, optimizer);
        if (state is null) return null;
        status.Report(new RunProgress
        {
            Step = state.Step, TotalSteps = training.TotalSteps, Tokens = state.Step * training.TokensPerStep, ResumedStep = state.Step, ResumedTime = folder.Marker.CheckpointTime,
        });
        status.Info($"Continuing at step {state.Step} of {training.TotalSteps}");
        if (threads is null && state.Threads < get_num_threads()) set_num_threads(state.Threads);
        if (state.Threads != get_num_threads())
            status.Warn($"The run began with {state.Threads} threads and continues with {get_num_threads()}; the result will not be bit-identical to an uninterrupted run (set --threads {state.Threads})");
        return state;
    }

    private TrainingState Begin(RunFolder folder, CausalLanguageModel target, InheritancePlan plan, Checkpoint? reference, LossEvaluator evaluator, CancellationToken stop)
    {
        var before = reference?.BytesRead ?? 0;
        var digest = Target.Fill(target, plan, reference, _spec.Training.Seed, status, stop);
        HuggingFaceExporter.RequireFit(target, _spec.Output.Precision);
        var read = (reference?.BytesRead ?? 0) - before;
        if (reference is not null && plan.Inherited.Count > 0)
        {
            var inherited = reference.BytesOf(plan.Inherited);
            status.Info(FormattableString.Invariant($"Inherited {plan.Inherited.Count} of {reference.Tensors.Count} tensors: {inherited / 1e6:F1} of {reference.Tensors.Sum(t => t.Length) / 1e6:F1} MB, {(double)(reference.HeaderBytes + read) / inherited:F4} bytes read for each byte inherited"));
        }

        status.Report(RunActivity.Evaluating);
        var initial = evaluator.Exact(target, "the target at step 0", status, stop);
        folder.Update(marker => marker with { InitialLoss = initial, InheritedDigest = digest, InheritedBytes = read });
        status.Report(folder.Results());
        return new TrainingState { Threads = get_num_threads() };
    }

    /// <summary>A mark that no training should reach is no mark.</summary>
    private void RequireFit(double loss, Checkpoint reference)
    {
        if (IdsFit.Doubt(loss, reference.Config.VocabularySize) is not { } doubt) return;
        if (!_spec.Evaluation.AnyReferenceLoss)
            throw RunException.Invalid("spec.reference.uri", _spec.Reference!.Uri, $"{doubt}. Give data of its tokenizer, and check spec.dataset.tokenType; or set spec.evaluation.anyReferenceLoss to go on");
        status.Warn($"Of the reference: {doubt}; spec.evaluation.anyReferenceLoss is set, so the run goes on");
    }

    private CausalLanguageModel Configure(CausalLanguageModel model)
    {
        model.Precision = _spec.Training.Precision;
        model.Dropout = Decimals.Parse(_spec.Training.Dropout);
        model.ActivationCheckpointing = _spec.Training.ActivationCheckpointing;
        return model;
    }

    private void Announce(Checkpoint? reference, InheritancePlan plan, TrainingPlan training, TokenizedDataset dataset)
    {
        if (reference is not null) status.Info($"Reference: {reference.Config}");
        status.Info($"Target: {plan.Target}");
        status.Info($"Data: {Numbers.Count(dataset.Train.Length)} tokens to train on, {Numbers.Count(dataset.Validation.Length)} to validate");
        status.Info($"Training: {training.TotalSteps} steps of {Numbers.Count(training.TokensPerStep)} tokens on {device.type} with {get_num_threads()} threads, {_spec.Training.Precision}");
    }

    private static RunOutcome Outcome(RunFolder folder, RunReport report, bool alreadyComplete) =>
        new(folder.Marker.Name, alreadyComplete, folder.Open(ModelFolder).Location, folder.Store.LocalPath(ReportWriter.Key) ?? $"{folder.Store.Location}/{ReportWriter.Key}", report, folder.Results());
}
