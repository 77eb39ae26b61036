using Inheritune.Trainer.Storage;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Bytes that lie side by side in a file and have one element type: a tensor, a piece of one, or many small ones.</summary>
/// <param name="first">The tensor that the first byte belongs to.</param>
/// <param name="start">Where in it the piece begins, in bytes.</param>
/// <param name="buffer">Memory for all of it; null when the bytes go straight into Float32 tensors in host memory.</param>
internal sealed class TensorPiece(TensorEntry first, long start, Memory<byte>? buffer)
{
    private readonly List<(int Tensor, long Start, Memory<byte> Bytes)> _parts = [];

    public string File => first.File;

    public long Offset { get; } = first.Offset + start;

    public int Length { get; private set; }

    /// <summary>The bytes are where they belong as soon as they are read.</summary>
    public bool IsDirect => buffer is null;

    /// <summary>Index of the tensor, the first byte within it, and where the bytes go.</summary>
    public IReadOnlyList<(int Tensor, long Start, Memory<byte> Bytes)> Parts => _parts;

    public IReadOnlyList<Memory<byte>> Destinations => [.. _parts.Select(part => part.Bytes)];

    private int Room => (buffer?.Length ?? ReadAhead.PieceBytes) - Length;

    /// <summary>Whether a byte can be the next one of this piece.</summary>
    public bool IsFollowedBy(TensorEntry entry, long position, bool isDirect) =>
        Room > 0 && entry.File == File && entry.Offset + position == Offset + Length && entry.Dtype == first.Dtype && isDirect == IsDirect;

    /// <summary>Adds as many bytes of a tensor as there is room for, and returns their number.</summary>
    public unsafe int Add(int index, TensorEntry entry, Tensor tensor, long position)
    {
        var length = (int)Math.Min(Room, entry.Length - position);
        if (buffer is { } memory)
        {
            _parts.Add((index, position, memory.Slice(Length, length)));
        }
        else
        {
            using var place = Place(tensor, entry, position, length);
            fixed (byte* pointer = place.bytes) _parts.Add((index, position, new PinnedMemory(pointer, length).Memory));
        }

        Length += length;
        return length;
    }

    /// <summary>The elements of a tensor that so many stored bytes make up.</summary>
    public static Tensor Place(Tensor tensor, TensorEntry entry, long position, int length)
    {
        var size = TensorDtype.SizeOf(entry.Dtype);
        using var flat = tensor.view(-1);
        return flat.narrow(0, position / size, length / size);
    }
}
