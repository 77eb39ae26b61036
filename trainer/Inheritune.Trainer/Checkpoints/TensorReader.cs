using System.Security.Cryptography;
using Inheritune.Trainer.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Fills tensors from safetensors files: in the order of the bytes there, several pieces at once, and nothing but what is asked for.</summary>
internal static class TensorReader
{
    /// <summary>
    /// Reads each entry into its tensor. Bytes of Float32 go straight into tensors in host memory; others pass through a small
    /// buffer, piece by piece, to be converted and moved to the device.
    /// </summary>
    /// <param name="store">Where the files are.</param>
    /// <param name="tensors">Entries, and contiguous Float32 tensors with as many elements.</param>
    /// <param name="arrived">Hears of the bytes of each piece.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <param name="notFinite">Makes an error of the numbers of a tensor, named by its place in the list, that are NaN or infinite.</param>
    /// <returns>SHA-256 of the stored bytes of each tensor, in the order given.</returns>
    public static byte[][] Read(
        IObjectStore store, IReadOnlyList<(TensorEntry From, Tensor To)> tensors, Action<int> arrived, CancellationToken cancellation, Func<int, NotFinite, RunException>? notFinite = null)
    {
        using var gradients = no_grad();
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var digests = tensors.Select(_ => SHA256.HashData([])).ToArray();
        var found = new NotFinite[tensors.Count];
        foreach (var piece in ReadAhead.Read(Pieces(tensors), (piece, stop) => store.ReadAsync(piece.File, piece.Offset, piece.Destinations, stop), cancellation))
        {
            foreach (var (index, start, bytes) in piece.Parts)
            {
                var (from, to) = tensors[index];
                sha.AppendData(bytes.Span);
                found[index] = found[index].With(NotFinite.In(bytes.Span, from.Dtype), start / TensorDtype.SizeOf(from.Dtype));
                if (!piece.IsDirect) Convert(bytes.Span, from, to, start);
                if (start + bytes.Length < from.Length) continue;
                digests[index] = sha.GetHashAndReset();
                if (found[index].Count > 0 && notFinite is not null) throw notFinite(index, found[index]);
            }

            arrived(piece.Length);
        }

        return digests;
    }

    private static IEnumerable<TensorPiece> Pieces(IReadOnlyList<(TensorEntry From, Tensor To)> tensors)
    {
        using var buffers = ReadAhead.Buffers(ReadAhead.BufferBytes).GetEnumerator();
        TensorPiece? piece = null;
        foreach (var index in Enumerable.Range(0, tensors.Count).OrderBy(i => tensors[i].From.File, StringComparer.Ordinal).ThenBy(i => tensors[i].From.Offset))
        {
            var (from, to) = tensors[index];
            var isDirect = from.Dtype == "F32" && to.device_type == DeviceType.CPU;
            for (var start = 0L; start < from.Length;)
            {
                if (piece?.IsFollowedBy(from, start, isDirect) != true)
                {
                    if (piece is not null) yield return piece;
                    Memory<byte>? buffer = null;
                    if (!isDirect && buffers.MoveNext()) buffer = buffers.Current;
                    piece = new TensorPiece(from, start, buffer);
                }

                start += piece.Add(index, from, to, start);
            }
        }

        if (piece is not null) yield return piece;
    }

    private static void Convert(ReadOnlySpan<byte> bytes, TensorEntry from, Tensor to, long start)
    {
        using var place = TensorPiece.Place(to, from, start, bytes.Length);
        using var stored = empty(place.shape, TensorDtype.ToScalarType(from.Dtype));
        bytes.CopyTo(stored.bytes);
        place.copy_(stored);
    }
}
