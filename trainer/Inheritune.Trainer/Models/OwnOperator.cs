using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>
/// An operator of our own with a gradient of our own. It says itself when memory can go: what TorchSharp keeps for a gradient, and what the
/// gradient's function returns, would otherwise live until the garbage collector finds it.
/// </summary>
internal abstract class OwnOperator<T> : autograd.SingleTensorFunction<T>
    where T : OwnOperator<T>, new()
{
    private const string InputsKey = "inputs";

    private const string KeptKey = "kept";

    /// <summary>Gradients that libtorch was given last; it has references of its own by the time it asks for the next ones.</summary>
    [ThreadStatic]
    private static Tensor?[]? _given;

    public sealed override string Name => typeof(T).Name;

    public sealed override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var (result, kept) = Forward(vars);
        ctx.save_data(InputsKey, vars);
        ctx.save_data(KeptKey, Array.ConvertAll(kept, tensor => tensor.detach().DetachFromDisposeScope()));
        return result.MoveToOuterDisposeScope();
    }

    public sealed override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        foreach (var tensor in _given ?? []) tensor?.Dispose();
        using var scope = NewDisposeScope();
        var kept = (Tensor[])ctx.get_data(KeptKey);
        _given = Backward((object[])ctx.get_data(InputsKey), kept, grad_output.contiguous());
        foreach (var tensor in kept.Append(grad_output)) tensor.Dispose();
        foreach (var tensor in _given) tensor?.DetachFromDisposeScope();
        return [.. _given.Select(tensor => tensor!)];
    }

    /// <summary>Computes the result of what <see cref="Run"/> was given, and says what its gradient will need.</summary>
    protected abstract (Tensor Result, Tensor[] Kept) Forward(object[] inputs);

    /// <summary>The gradient of each input, null for what is none of a gradient's business.</summary>
    /// <param name="inputs">As they were given. Of the tensors among them only those that live longer than the pass are still there.</param>
    /// <param name="kept">What the way forward kept. What it made itself it may write to now; other tensors are not its own.</param>
    /// <param name="gradient">Of the result; contiguous.</param>
    protected abstract Tensor?[] Backward(object[] inputs, Tensor[] kept, Tensor gradient);

    protected static Tensor Run(params object[] inputs)
    {
        if (is_grad_enabled()) return apply(inputs);
        using var scope = NewDisposeScope();
        return new T().Forward(inputs).Result.MoveToOuterDisposeScope();
    }
}
