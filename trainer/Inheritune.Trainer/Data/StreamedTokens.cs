using System.Runtime.InteropServices;
using Inheritune.Api;

namespace Inheritune.Trainer.Data;

/// <summary>
/// A packed file in an object store, read through a cache. Ids are checked when they arrive, because to check them all
/// beforehand would be to read the whole file.
/// </summary>
/// <param name="cache">Holds what was read or announced.</param>
/// <param name="corpus">Named in messages.</param>
/// <param name="file">The file.</param>
/// <param name="type">Its ids.</param>
/// <param name="vocabulary">Number of ids that the model has.</param>
internal sealed class StreamedTokens(BlockCache cache, Corpus corpus, CorpusFile file, TokenType type, int vocabulary) : ITokenFile, IBlockSource
{
    public string Name => file.Name;

    public long Length { get; } = file.Info.Size / type.Size();

    public long Size => file.Info.Size;

    public void Read(long position, Span<long> destination)
    {
        // Packed ids are narrower, so the end of the space for the wide ones is buffer enough.
        var packed = MemoryMarshal.AsBytes(destination)[^(destination.Length * type.Size())..];
        cache.Read(this, position * type.Size(), packed);
        PackedIds.Unpack(packed, type, destination);
    }

    public void Prefetch(long position, int count) => cache.Prefetch(this, position * type.Size(), (long)count * type.Size());

    public int IndexOfAtLeast(long position, int count, int limit) => -1;

    /// <exception cref="RunException">The store fails, the object has changed, is no packed file, or has an id beyond the vocabulary.</exception>
    public void Fetch(long offset, Span<byte> destination)
    {
        file.Store.Read(file.Info.Key, offset, destination);
        if (offset == 0) PackedEvidence.RequireIds(corpus, file, destination);
        if (PackedIds.IndexOfAtLeast(destination, type, vocabulary) is not (var bad and >= 0)) return;
        Span<long> id = stackalloc long[1];
        PackedIds.Unpack(destination.Slice(bad * type.Size(), type.Size()), type, id);
        throw corpus.BadId(file.Name, offset / type.Size() + bad, id[0], vocabulary);
    }
}
