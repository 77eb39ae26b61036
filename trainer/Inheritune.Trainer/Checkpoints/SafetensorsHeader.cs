using System.Buffers.Binary;
using System.Text.Json;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>
/// The header of a safetensors file: a u64 length, then JSON that places every tensor. It is read without the weights, and
/// believed only as far as it agrees with itself and with the size of the file.
/// </summary>
public sealed class SafetensorsHeader
{
    /// <summary>Limit of the reference implementation; more than a hundred thousand tensors fit.</summary>
    private const long MaxHeaderBytes = 100_000_000;

    private SafetensorsHeader(IReadOnlyList<TensorEntry> tensors, IReadOnlyDictionary<string, string> metadata, byte[] json)
    {
        Tensors = tensors;
        Metadata = metadata;
        Json = json;
    }

    /// <summary>Tensors in the order of their bytes.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The header's JSON as it stands in the file; part of the checkpoint's digest.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>Bytes in front of the first tensor.</summary>
    public long Bytes => 8 + Json.Length;

    /// <summary>Reads and checks the header of <paramref name="key"/>.</summary>
    /// <exception cref="RunException">The file is missing, truncated or contradicts itself.</exception>
    public static SafetensorsHeader Read(IObjectStore store, string key)
    {
        ArgumentNullException.ThrowIfNull(store);
        var path = store.LocalPath(key) ?? $"{store.Location}/{key}";
        var size = store.Stat(key)?.Size ?? throw new RunException(ExitCode.InvalidInput, $"{path}: no such file; check the URI");
        if (size < 8) throw Broken(path, $"the file has only {size} bytes; it is truncated");

        Span<byte> start = stackalloc byte[(int)Math.Min(size, 64)];
        store.Read(key, 0, start);
        GitLfs.Refuse(start, path);
        if (Disguise(start) is { } other) throw Broken(path, $"the file is {other} under the name of safetensors");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaxHeaderBytes) throw Broken(path, $"the header claims {length} bytes, more than the format's limit of {MaxHeaderBytes}");
        if ((long)length + 8 > size) throw Broken(path, $"the header claims {length} bytes, but the file has only {size}; it is truncated");

        var json = new byte[length];
        store.Read(key, 8, json);
        return Parse(json, key, path, 8 + (long)length, size);
    }

    private static SafetensorsHeader Parse(byte[] json, string key, string path, long start, long size)
    {
        var tensors = new List<TensorEntry>();
        var metadata = new Dictionary<string, string>();
        try
        {
            using var document = JsonDocument.Parse(json.AsMemory().TrimEnd((byte)' '));
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (!names.Add(member.Name)) throw Broken(path, $"tensor '{member.Name}' stands in the header twice");
                if (member.Name == "__metadata__")
                    foreach (var item in member.Value.EnumerateObject()) metadata[item.Name] = item.Value.GetString() ?? "";
                else
                    tensors.Add(ParseTensor(member, key, path, start, size));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Broken(path, $"the header is not what the format prescribes ({(e is KeyNotFoundException ? "an entry lacks dtype, shape or data_offsets" : e.Message.TrimEnd('.'))})");
        }

        tensors.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Length.CompareTo(b.Length));
        var end = start;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset < end) throw Broken(path, $"tensor '{tensor.Name}' overlaps the one before it");
            if (tensor.Offset > end) throw Broken(path, $"there is a hole of {tensor.Offset - end} bytes before tensor '{tensor.Name}'");
            end = tensor.Offset + tensor.Length;
        }

        if (end != size) throw Broken(path, $"the tensors end at byte {end}, but the file has {size}");
        return new SafetensorsHeader(tensors, metadata, json);
    }

    private static TensorEntry ParseTensor(JsonProperty member, string key, string path, long start, long size)
    {
        var dtype = member.Value.GetProperty("dtype").GetString() ?? "";
        if (!TensorDtype.IsKnown(dtype)) throw Broken(path, $"tensor '{member.Name}' has the unknown element type '{dtype}'");

        var shape = member.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64()).ToArray();
        var offsets = member.Value.GetProperty("data_offsets").EnumerateArray().Select(e => e.GetInt64()).ToArray();
        if (shape.Any(d => d < 0)) throw Broken(path, $"tensor '{member.Name}' has a negative size");
        if (offsets is not [var begin, var end] || begin < 0 || end < begin || end > size - start)
            throw Broken(path, $"tensor '{member.Name}' lies outside of the file: bytes [{string.Join(", ", offsets)}) of {size - start}");

        long bytes;
        try
        {
            var bits = shape.Aggregate((long)TensorDtype.BitsOf(dtype), (product, d) => checked(product * d));
            bytes = bits % 8 == 0 ? bits / 8 : -1;
        }
        catch (OverflowException)
        {
            bytes = -1;
        }

        if (bytes != end - begin) throw Broken(path, $"tensor '{member.Name}' of shape [{string.Join(", ", shape)}] and type {dtype} does not fill its {end - begin} bytes");
        return new TensorEntry(member.Name, dtype, shape, key, start + begin, end - begin);
    }

    /// <summary>What else comes under the name, and would be read as a header of absurd length.</summary>
    private static string? Disguise(ReadOnlySpan<byte> start) =>
        start.StartsWith("PK\x03\x04"u8) || start is [0x80, 0x02, ..] ? "pickled PyTorch weights"
        : start.StartsWith("GGUF"u8) ? "a GGUF model"
        : start.StartsWith("<!"u8) || start.StartsWith("<html"u8) ? "a web page"
        : null;

    private static RunException Broken(string path, string what) =>
        new(ExitCode.InvalidInput, $"{path}: {what}; fetch the file again or export it anew as safetensors");
}
