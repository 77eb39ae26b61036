using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Inheritance;

/// <summary>Builds models: first the memory, then the values, from a reference or from a training checkpoint.</summary>
public static class Target
{
    /// <summary>A model whose parameters have no values yet.</summary>
    public static CausalLanguageModel Allocate(ModelConfig config, Device device)
    {
        ArgumentNullException.ThrowIfNull(config);
        using var scope = NewDisposeScope();
        var parameters = config.Parameters().ToDictionary(p => p.Name, p => empty(p.Shape, device: device).requires_grad_().DetachFromDisposeScope(), StringComparer.Ordinal);
        return CausalLanguageModel.Create(config, parameters, device);
    }

    /// <summary>Reads what is inherited and draws the rest.</summary>
    /// <param name="model">The model to fill.</param>
    /// <param name="plan">What comes from where.</param>
    /// <param name="reference">The reference; null when nothing is inherited.</param>
    /// <param name="seed">Seed of the fresh weights.</param>
    /// <param name="status">Hears about progress.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>Digest of the inherited weights in the order of the forward pass, as <see cref="Checkpoint.Read"/> has it; null without a reference.</returns>
    public static string? Fill(
        CausalLanguageModel model, InheritancePlan plan, Checkpoint? reference, int seed, IRunStatus status, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(status);
        using var _ = no_grad();
        var (fresh, inherited) = (plan.Fresh.Sum(p => p.Count) / 1e6, plan.Inherited.Sum(p => p.Count) / 1e6);
        using var stage = status.Begin(inherited == 0 ? "Initialising" : plan.IsWhole ? "Loading the model" : "Inheriting", fresh + inherited, "M parameters");
        var done = 0.0;
        foreach (var spec in plan.Fresh)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            model.Parameters[spec.Name].copy_(FreshWeights.Draw(spec, plan.Target, plan.Policy, seed));
            stage.Report(done += spec.Count / 1e6);
        }

        return reference?.Read(plan.Inherited, model.Parameters, share => stage.Report(fresh + share * inherited), cancellation, plan.ConsequenceOf);
    }

    /// <summary>The whole model of a checkpoint, for evaluation.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="status">Hears about progress.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <param name="heir">The target that takes a part of it, if there is one.</param>
    public static CausalLanguageModel Load(Checkpoint checkpoint, Device device, IRunStatus status, CancellationToken cancellation, InheritancePlan? heir = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var plan = InheritancePlan.Whole(checkpoint.Config, heir);
        var model = Allocate(plan.Target, device);
        Fill(model, plan, checkpoint, 0, status, cancellation);
        return model;
    }
}
