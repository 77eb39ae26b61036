using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Writes tensors as one safetensors file, in the given order, without holes.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes header and data.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="tensors">Names and tensors on any device; converted to <paramref name="dtype"/> one at a time.</param>
    /// <param name="dtype">Element type of all of them.</param>
    /// <param name="metadata">Free text; <c>format: pt</c>, which transformers insists on, is added.</param>
    /// <param name="written">Hears of the bytes of the data, as they are written.</param>
    public static void Write(
        Stream stream, IEnumerable<KeyValuePair<string, Tensor>> tensors, ScalarType dtype, IReadOnlyDictionary<string, string>? metadata = null, Action<int>? written = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var items = tensors.ToList();
        var header = Header(items, dtype, metadata);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var (_, tensor) in items)
        {
            using var scope = NewDisposeScope();
            foreach (var piece in TensorPieces.Of(tensor.detach().to(dtype).cpu().contiguous()))
            {
                stream.Write(piece.bytes);
                written?.Invoke(piece.bytes.Length);
            }
        }
    }

    private static byte[] Header(List<KeyValuePair<string, Tensor>> items, ScalarType dtype, IReadOnlyDictionary<string, string>? metadata)
    {
        var name = TensorDtype.NameOf(dtype);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            foreach (var (key, value) in metadata ?? new Dictionary<string, string>()) json.WriteString(key, value);
            json.WriteEndObject();
            var offset = 0L;
            foreach (var (key, tensor) in items)
            {
                var bytes = tensor.numel() * TensorDtype.SizeOf(name);
                json.WriteStartObject(key);
                json.WriteString("dtype", name);
                WriteArray(json, "shape", tensor.shape);
                WriteArray(json, "data_offsets", [offset, offset + bytes]);
                json.WriteEndObject();
                offset += bytes;
            }

            json.WriteEndObject();
        }

        // Padded with spaces, so that the data begin on a multiple of eight bytes.
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteArray(Utf8JsonWriter json, string name, long[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
