using Inheritune.Api;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>AdamW (Loshchilov and Hutter, 2019) with the paper's two parameter groups, as libtorch's fused kernel.</summary>
public sealed class AdamW : IDisposable
{
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly Group[] _groups;

    /// <summary>Creates the optimizer with zero moments.</summary>
    public AdamW(CausalLanguageModel model, TrainingSpec spec)
    {
        ArgumentNullException.ThrowIfNull(model);
        _beta1 = Decimals.Parse(spec.Beta1);
        _beta2 = Decimals.Parse(spec.Beta2);
        _epsilon = Decimals.Parse(spec.Epsilon);
        var decays = model.Config.Parameters().ToLookup(p => p.Decays, p => p.Name);
        _groups = [new Group(model, [.. decays[true]], Decimals.Parse(spec.WeightDecay)), new Group(model, [.. decays[false]], 0)];
    }

    /// <summary>Names of the parameters that weight decay applies to.</summary>
    public IReadOnlyList<string> Decayed => _groups[0].Names;

    /// <summary>Names of the parameters that it does not apply to.</summary>
    public IReadOnlyList<string> Undecayed => _groups[1].Names;

    /// <summary>The moments of every parameter: what a checkpoint has to hold besides the weights and the step.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => _groups.SelectMany(g => g.State);

    /// <summary>Says how many steps the moments are the result of; decides the bias correction.</summary>
    public void SetStep(int step)
    {
        foreach (var group in _groups) group.Step.Fill(step);
    }

    /// <summary>Updates the parameters from their gradients.</summary>
    /// <param name="learningRate">Step size.</param>
    /// <param name="gradientDivisor">Divides the gradients, in place; a Float32 scalar.</param>
    public void Step(double learningRate, Tensor? gradientDivisor = null)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var group in _groups.Where(g => g.Names.Count > 0))
        {
            group.Step.Increment();
            Tensor[] gradients = [.. group.Parameters.Select(p => p.grad ?? throw new InvalidOperationException("a parameter has no gradient"))];
            AtenDispatcher.FusedAdamW(group.Parameters, gradients, group.First, group.Second, group.Step, learningRate, _beta1, _beta2, group.WeightDecay, _epsilon, gradientDivisor);
        }
    }

    public void Dispose()
    {
        foreach (var group in _groups)
            foreach (var tensor in group.First.Concat(group.Second).Append(group.Step)) tensor.Dispose();
    }

    private sealed class Group(CausalLanguageModel model, IReadOnlyList<string> names, double weightDecay)
    {
        public IReadOnlyList<string> Names { get; } = names;

        public double WeightDecay { get; } = weightDecay;

        public Tensor[] Parameters { get; } = [.. names.Select(name => model.Parameters[name])];

        public Tensor[] First { get; } = [.. names.Select(name => zeros_like(model.Parameters[name]).DetachFromDisposeScope())];

        public Tensor[] Second { get; } = [.. names.Select(name => zeros_like(model.Parameters[name]).DetachFromDisposeScope())];

        /// <summary>Steps so far: a Float32 scalar on the device.</summary>
        public Tensor Step { get; } = zeros(1, device: model.Device).squeeze(0).DetachFromDisposeScope();

        public IEnumerable<KeyValuePair<string, Tensor>> State =>
            Names.SelectMany((name, i) => new KeyValuePair<string, Tensor>[] { new($"exp_avg.{name}", First[i]), new($"exp_avg_sq.{name}", Second[i]) });
    }
}
