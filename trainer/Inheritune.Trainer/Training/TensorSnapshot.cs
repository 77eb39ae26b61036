using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>
/// Copies of tensors in host memory, which are written while the training changes the originals. The memory is taken once and filled
/// again and again: what a training can spare shows the first time.
/// </summary>
internal sealed class TensorSnapshot : IDisposable
{
    private readonly Dictionary<string, Tensor> _copies;

    private TensorSnapshot(Dictionary<string, Tensor> copies) => _copies = copies;

    /// <summary>Takes the memory; null where this system does not give it.</summary>
    public static TensorSnapshot? TryAllocate(IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors)
    {
        var copies = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (var (name, tensor) in tensors) copies.Add(name, empty(tensor.shape, tensor.dtype, CPU).DetachFromDisposeScope());
            return new(copies);
        }
        // What libtorch says when a limit on addresses is in the way (ulimit -v).
        catch (ExternalException e) when (e.Message.Contains("memory", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var copy in copies.Values) copy.Dispose();
            return null;
        }
    }

    /// <summary>Fills it with what the tensors are now.</summary>
    /// <returns>The copies, in the same order.</returns>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Take(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return [.. tensors.Select(original => KeyValuePair.Create(original.Key, Copy(original)))];
    }

    public void Dispose()
    {
        foreach (var copy in _copies.Values) copy.Dispose();
    }

    private Tensor Copy(KeyValuePair<string, Tensor> original)
    {
        var copy = _copies[original.Key];
        copy.copy_(original.Value);
        return copy;
    }
}
