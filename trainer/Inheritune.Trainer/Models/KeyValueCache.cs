using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>
/// Attention keys and values of the tokens that a model has read, so that what follows them does not compute them again.
/// It belongs to one model, and one batch of sequences.
/// </summary>
/// <param name="blocks">Blocks of the model.</param>
/// <param name="capacity">Tokens that it can hold.</param>
public sealed class KeyValueCache(int blocks, int capacity) : IDisposable
{
    private readonly Tensor?[] _keysBHTD = new Tensor?[blocks];
    private readonly Tensor?[] _valuesBHTD = new Tensor?[blocks];

    /// <summary>Tokens that it can hold.</summary>
    public int Capacity => capacity;

    /// <summary>Tokens held, of every sequence.</summary>
    public int Length { get; private set; }

    /// <summary>Forgets every token from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => Length = Math.Min(length, Length);

    public void Dispose()
    {
        foreach (var tensor in _keysBHTD.Concat(_valuesBHTD)) tensor?.Dispose();
    }

    /// <summary>Counts tokens as held once every block has appended them.</summary>
    internal void Advance(long tokens) => Length += (int)tokens;

    /// <summary>All the room for the keys and the values of a block, made when first asked for.</summary>
    /// <param name="block">Index of the block.</param>
    /// <param name="shape">[B, H, Capacity, D].</param>
    /// <param name="like">Has their format and is where they are to be.</param>
    internal (Tensor KeysBHTD, Tensor ValuesBHTD) Room(int block, ReadOnlySpan<long> shape, Tensor like) =>
        (Room(ref _keysBHTD[block], shape, like), Room(ref _valuesBHTD[block], shape, like));

    /// <summary>Puts the keys and values of new tokens behind those held, and returns all: [B, H, Length + T, D].</summary>
    internal (Tensor KeysBHTD, Tensor ValuesBHTD) Append(int block, Tensor keysBHTD, Tensor valuesBHTD) =>
        (Append(ref _keysBHTD[block], keysBHTD), Append(ref _valuesBHTD[block], valuesBHTD));

    /// <summary>The one sequence held, in front of each of many new ones, which are not kept: [B, H, Length + T, D].</summary>
    internal (Tensor KeysBHTD, Tensor ValuesBHTD) InFrontOf(int block, Tensor keysBHTD, Tensor valuesBHTD) =>
        (InFrontOf(_keysBHTD[block]!, keysBHTD), InFrontOf(_valuesBHTD[block]!, valuesBHTD));

    private static Tensor Room(ref Tensor? heldBHTD, ReadOnlySpan<long> shape, Tensor like) =>
        heldBHTD ??= empty(shape, like.dtype, like.device).DetachFromDisposeScope();

    private Tensor Append(ref Tensor? heldBHTD, Tensor newBHTD)
    {
        var shape = newBHTD.shape;
        var roomBHTD = Room(ref heldBHTD, [shape[0], shape[1], capacity, shape[3]], newBHTD);
        roomBHTD.narrow(2, Length, shape[2]).copy_(newBHTD);
        return roomBHTD.narrow(2, 0, Length + shape[2]);
    }

    private Tensor InFrontOf(Tensor heldBHTD, Tensor newBHTD) =>
        cat([heldBHTD.narrow(2, 0, Length).expand(newBHTD.shape[0], -1, -1, -1), newBHTD], 2);
}
