using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Runs;

/// <summary>
/// Proves in seconds, on any machine, that a run can work, with the eyes of <see cref="RunPipeline"/> and in its order: the output is free or
/// belongs to this recipe, reference, tokenizer and data are there and go together, the output can be written. Leaves nothing behind.
/// </summary>
/// <param name="run">The manifest.</param>
/// <param name="status">Hears of it.</param>
/// <param name="inPod">Whether the run is a cluster's, so that its pod may take what the manifest says.</param>
/// <param name="time">By which the owners of outputs live and die; null: the system's.</param>
public sealed class RunPreflight(InheritRun run, IRunStatus status, bool inPod = false, TimeProvider? time = null)
{
    /// <summary>Whoever has just typed an endpoint wants to know soon that it is wrong.</summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(30);

    /// <exception cref="RunException">The run could not work.</exception>
    public PreflightOutcome Execute(CancellationToken stop)
    {
        var spec = run.Spec;
        using var stores = new StoreFactory(spec.Storage, status, stop, FirstPatience);
        using var folder = RunFolder.Look(run, stores, status, time);
        var outcome = new PreflightOutcome(folder.Marker.Name, folder.Store.Location, folder.Marker.Attempt, folder.Marker.Complete ? folder.Results() : null);
        if (outcome.AlreadyComplete) return outcome with { Progress = folder.Finished() };
        folder.RequireFree();

        var inputs = RunInputs.Find(spec, folder, stores, status, stop, glance: true);
        inputs.Data.Announce(status);
        var (reference, tokenizer) = (inputs.Reference, inputs.Tokenizer?.Value);
        var plan = inputs.Plan(tokenizer?.VocabularySize ?? spec.Architecture!.VocabularySize);
        var training = TrainingPlan.For(spec.Training, plan.Target);
        if (tokenizer is not null)
        {
            TokenizedDataset.RequireFit(spec.Dataset, tokenizer, plan.Target.VocabularySize);
            foreach (var corpus in new[] { inputs.Dataset, inputs.Validation }.OfType<Corpus>()) PackedEvidence.Require(spec.Dataset, corpus, tokenizer, plan.Target.VocabularySize);
        }

        var data = DatasetSize.Of(spec.Dataset, inputs.Dataset, inputs.Validation, training.SequenceLength);
        var disk = DiskForecast.Of(spec, folder, inputs, plan.Target, training.TotalSteps);
        stop.ThrowIfCancellationRequested();
        folder.Probe();
        // In a pod, free is what the node of this one has; the training's may be another, which has what its pod asks for.
        if (inPod) disk.RequireScratch(spec.Resources.Scratch);
        else if (disk.Shortage() is { } shortage) throw new RunException(ExitCode.StorageUnavailable, shortage);

        var (whole, inherited) = reference is null ? (0, 0) : (reference.BytesOf(reference.Config.Parameters()), reference.BytesOf(plan.Inherited));
        return outcome with
        {
            Forecast = new RunForecast
            {
                Reference = reference?.Config.ToString(),
                ReferenceBytes = whole,
                InheritedBytes = inherited,
                Target = plan.Target.ToString(),
                Parameters = plan.Target.ParameterCount,
                Tokenizer = tokenizer?.Description,
                DatasetFormat = inputs.Dataset.Format,
                DatasetBytes = data.Bytes,
                DatasetTokens = data.Tokens,
                Steps = training.TotalSteps,
                TrainingTokens = training.TotalSteps * training.TokensPerStep,
                // The reference is read to be evaluated, again for its tasks, and again to write samples.
                BytesToRead = (inputs.Tasks is null ? 2 : 3) * whole + inherited + data.Bytes,
                CheckpointBytes = DiskForecast.CheckpointBytesPerParameter * plan.Target.ParameterCount,
                Disk = disk,
            },
        };
    }
}
