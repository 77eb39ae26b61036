using System.Buffers.Binary;
using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Looks whether packed files are what the dataset says of them, by the first bytes, by a sample of the ids and by what lies beside
/// them. Ids that are read in a wrong way are ids too, and a model would silently learn them. Honest data is never refused.
/// </summary>
internal sealed class PackedEvidence(DatasetSpec spec, Corpus corpus, CorpusFile file, int vocabulary)
{
    /// <summary>Of many files in an object store only some are asked for; the others are looked at when they arrive.</summary>
    private const int MostRemoteFiles = 8;

    private const int Places = 8;
    private const int PlaceBytes = 4096;

    /// <summary>So many different ids are no alphabet whose letters are kept apart by one id.</summary>
    private const int Variety = 64;

    private const int MegatronHeader = 18;

    /// <exception cref="RunException">They are something else.</exception>
    public static void Require(DatasetSpec spec, Corpus corpus, ITokenizer tokenizer, int vocabulary)
    {
        if (corpus.Format != DatasetFormat.Packed) return;
        if (spec.TokenType == TokenType.UInt16 && TokenCache.TypeFor(tokenizer.VocabularySize) != TokenType.UInt16)
            throw TokenTypeError(spec, string.Create(CultureInfo.InvariantCulture,
                $"cannot hold the {tokenizer.VocabularySize:N0} ids of the model's tokenizer; pack the data with 32 bits and set UInt32"));
        var picked = corpus.IsStreamed ? Math.Min(corpus.Files.Count, MostRemoteFiles) : corpus.Files.Count;
        for (var i = 0L; i < picked; i++) new PackedEvidence(spec, corpus, corpus.Files[(int)(i * corpus.Files.Count / picked)], vocabulary).Require();
    }

    /// <exception cref="RunException">The first bytes of a file are those of another kind.</exception>
    public static void RequireIds(Corpus corpus, CorpusFile file, ReadOnlySpan<byte> start)
    {
        if (ForeignHeader.Find(start[..Math.Min(start.Length, ForeignHeader.Bytes)], file.Info.Size) is var (name, remedy))
            throw RunException.Invalid(corpus.Field, corpus.Uri, $"{file.Name} is {name}, not packed token ids; {remedy}");
    }

    private void Require()
    {
        var start = Read(0, ForeignHeader.Bytes);
        RequireIds(corpus, file, start);
        RequireMegatronsType();
        _ = CorpusOpener.CountPacked(file, spec.TokenType);

        // Both sizes of an id go into the stride, so a sample begins with a whole one.
        var stride = file.Info.Size / Places / sizeof(ulong) * sizeof(ulong);
        var samples = Enumerable.Range(0, stride == 0 ? 1 : Places)
            .Select(i => (Offset: i * stride, Bytes: i == 0 ? start : Read(i * stride, PlaceBytes))).ToList();
        if (IsWider(samples.Select(sample => sample.Bytes), out var bits))
            throw TokenTypeError(spec, $"does not fit {file.Name}: every second id is 0, so they have {bits} bits; "
                + (bits == 32 ? "set UInt32"
                    : "convert them, for example with numpy.fromfile(FILE, 'int64').astype('uint32').tofile('NEW.bin'), and set UInt32"));
        foreach (var (offset, bytes) in samples)
        {
            var bad = PackedIds.IndexOfAtLeast(Whole(bytes, spec.TokenType), spec.TokenType, vocabulary);
            if (bad < 0) continue;
            if (spec.TokenType == TokenType.UInt32 && samples.TrueForAll(sample => IsNarrower(sample.Bytes)))
                throw TokenTypeError(spec,
                    $"does not fit {file.Name}: with 32 bits most of its ids are none that the model has, with 16 bits all are; set UInt16");
            var size = spec.TokenType.Size();
            throw corpus.BadId(file.Name, offset / size + bad, Id(bytes.AsSpan(bad * size)), vocabulary);
        }
    }

    /// <summary>Whether the high half of each pair of ids is 0 and the low halves are of some variety: then the pair is one id.</summary>
    private bool IsWider(IEnumerable<byte[]> samples, out int bits)
    {
        var width = spec.TokenType.Size();
        var (lows, quarters) = (new HashSet<uint>(), true);
        bits = 16 * width;
        foreach (var sample in samples)
            for (var i = 0; i + 2 * width <= sample.Length; i += 2 * width)
            {
                var (low, high) = (Id(sample.AsSpan(i)), Id(sample.AsSpan(i + width)));
                if (high != 0) return false;
                lows.Add(low);
                quarters &= i % (4 * width) == 0 || low == 0;
            }

        if (quarters) bits = 64;
        return lows.Count >= Variety;
    }

    /// <summary>Whether most ids are beyond the vocabulary, but no half of one is.</summary>
    private bool IsNarrower(byte[] sample)
    {
        if (vocabulary > ushort.MaxValue) return false;
        if (PackedIds.IndexOfAtLeast(Whole(sample, TokenType.UInt16), TokenType.UInt16, vocabulary) >= 0) return false;
        var (beyond, count) = (0, sample.Length / sizeof(uint));
        for (var i = 0; i < count; i++)
            if (Id(sample.AsSpan(i * sizeof(uint))) >= vocabulary) beyond++;
        return 2 * beyond > count;
    }

    private uint Id(ReadOnlySpan<byte> bytes) =>
        spec.TokenType == TokenType.UInt16 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>Megatron keeps the element type in an index beside the ids: a magic number of nine bytes, a version of eight, and a code.</summary>
    private void RequireMegatronsType()
    {
        var key = Path.ChangeExtension(file.Info.Key, ".idx");
        if (file.Store.Stat(key) is not { Size: >= MegatronHeader }) return;
        var header = new byte[MegatronHeader];
        file.Store.Read(key, 0, header);
        if (!header.AsSpan().StartsWith("MMIDIDX\0\0"u8)) return;
        TokenType? type = header[^1] switch { 4 => TokenType.UInt32, 8 => TokenType.UInt16, _ => null };
        if (type == spec.TokenType) return;
        throw TokenTypeError(spec, $"does not fit {file.Name}: its index {Path.GetFileName(key)} says that Megatron wrote it "
            + (type is null
                ? FormattableString.Invariant($"with element type {header[^1]}; write it as uint16 or int32")
                : $"with {8 * type.Value.Size()} bits; set {type}"));
    }

    private byte[] Read(long offset, int most)
    {
        var bytes = new byte[Math.Min(most, file.Info.Size - offset)];
        file.Store.Read(file.Info.Key, offset, bytes);
        return bytes;
    }

    private static ReadOnlySpan<byte> Whole(byte[] bytes, TokenType type) => bytes.AsSpan(0, bytes.Length / type.Size() * type.Size());

    private static RunException TokenTypeError(DatasetSpec spec, string message) =>
        RunException.Invalid("spec.dataset.tokenType", $"{spec.TokenType}", message);
}
