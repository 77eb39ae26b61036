using System.Runtime.InteropServices;
using Inheritune.Trainer.Data;

namespace Inheritune.Benchmarks.Training;

/// <summary>A file of little-endian Int64 ids, in memory.</summary>
internal sealed class Tokens(string path) : ITokenSequence
{
    private readonly long[] _ids = MemoryMarshal.Cast<byte, long>(File.ReadAllBytes(path)).ToArray();

    public long Length => _ids.Length;

    public void Read(long position, Span<long> destination) => _ids.AsSpan((int)position, destination.Length).CopyTo(destination);

    /// <summary>Writes such a file.</summary>
    public static void Write(string path, ReadOnlySpan<long> ids) => File.WriteAllBytes(path, MemoryMarshal.AsBytes(ids));
}
