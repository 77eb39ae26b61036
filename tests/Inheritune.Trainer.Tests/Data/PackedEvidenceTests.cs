using System.IO.Compression;
using System.Runtime.InteropServices;
using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Tests.Data;

/// <summary>Files that are no packed ids, or ids of another width, say so before they are read as such; honest ones never do.</summary>
public sealed class PackedEvidenceTests : IDisposable
{
    private const int Vocabulary = 32_000;
    private static readonly ushort[] Honest = [.. Enumerable.Range(0, 6_000).Select(i => (ushort)CounterRandom.Below(Vocabulary, 1, "ids", i))];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Headers => new()
    {
        { "4C495450-4B4453-0100000000000000-08-7017000000000000", "lit-gpt (LITPKDS)*tail -c +25" },
        { "4C495450-4B4453-0100000000000000-04-7017000000000000", "lit-gpt (LITPKDS)*set spec.dataset.tokenType: UInt32" },
        { "934E554D5059-0100-7600", "numpy array (.npy)*tofile" },
        { "1F8B0808", "gzip" }, { "28B52FFD", "zstd" }, { "FD377A585A00", "xz" }, { "504B0304", "zip" }, { "50415231", "Parquet" },
        { "4D4D49444944580000", "index of Megatron" }, { "894844460D0A1A0A", "HDF5" },
        { "88D8340101000000-70170000", "llm.c*tail -c +1025" },
        { "0802000000000000-7B22", "safetensors" },
    };

    [Theory, MemberData(nameof(Headers))]
    public void A_header_is_named_with_what_to_do_about_it(string header, string expected)
    {
        var bytes = Convert.FromHexString(header.Replace("-", "", StringComparison.Ordinal));
        var isLlmC = expected.StartsWith("llm.c", StringComparison.Ordinal);
        Refused(new DatasetSpec { Uri = _folder.Write("a.bin", [.. bytes, .. new byte[isLlmC ? 1024 - bytes.Length : 0], .. Bytes(Honest)]) }, "spec.dataset.uri*a.bin is *" + expected);
    }

    [Fact]
    public void Real_archives_and_texts_are_named()
    {
        using (var file = File.Create(_folder.File("z.bin")))
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest)) gzip.Write(Bytes(Honest));
        Refused(new DatasetSpec { Uri = _folder.File("z.bin") }, "z.bin is compressed with gzip");
        foreach (var text in new[] { "Once upon a time\n", "{\"text\": \"Once\"}\n", "Es war einmal ein Müller, der hatte … \n", "昔々あるところに、\r\n" })
            Refused(new DatasetSpec { Uri = _folder.Write("t.bin", string.Concat(Enumerable.Repeat(text, 700))) }, "t.bin is text");
    }

    [Theory, InlineData(TokenType.UInt16, 32, "set UInt32"), InlineData(TokenType.UInt16, 64, "int64"), InlineData(TokenType.UInt32, 64, "int64"), InlineData(TokenType.UInt32, 16, "set UInt16")]
    public void Ids_of_another_width_are_refused_with_the_right_one(TokenType read, int bits, string remedy)
    {
        var path = _folder.Write("a.bin", bits switch
        {
            16 => Bytes(Honest),
            32 => MemoryMarshal.AsBytes(Honest.Select(id => (uint)id).ToArray().AsSpan()).ToArray(),
            _ => MemoryMarshal.AsBytes(Honest.Select(id => (long)id).ToArray().AsSpan()).ToArray(),
        });
        Refused(new DatasetSpec { Uri = path, TokenType = read }, $"spec.dataset.tokenType: '{read}' does not fit {path}*{remedy}");
    }

    [Fact]
    public void One_id_beyond_the_vocabulary_says_nothing_of_the_width()
    {
        var ids = Honest.Select(id => (uint)id).ToArray();
        ids[700] = 70_000;
        Refused(new DatasetSpec { Uri = _folder.Write("a.bin", MemoryMarshal.AsBytes(ids.AsSpan()).ToArray()), TokenType = TokenType.UInt32 }, "a.bin has the id 70000 at position 700");
    }

    [Theory, InlineData(4, TokenType.UInt32, "set UInt32"), InlineData(8, TokenType.UInt16, "set UInt16"), InlineData(5, null, "element type 5")]
    public void Megatrons_index_says_the_width(byte code, TokenType? type, string remedy)
    {
        // Of these ids a sample proves nothing.
        _folder.Write("a.bin", new byte[4_000]);
        _folder.Write("a.idx", [.. "MMIDIDX\0\0"u8, 1, 0, 0, 0, 0, 0, 0, 0, code, 9, 9]);
        foreach (var read in Enum.GetValues<TokenType>())
            if (read == type) Open(new DatasetSpec { Uri = _folder.Path, TokenType = read }).Dispose();
            else Refused(new DatasetSpec { Uri = _folder.Path, TokenType = read }, $"'{read}' does not fit*a.idx says that Megatron*{remedy}");
    }

    [Fact]
    public void Honest_ids_pass_however_small_or_regular_they_are()
    {
        Func<int, int>[] ids =
        [
            i => Honest[i], i => Honest[i] % 2, _ => 0, _ => 0x2020, i => i % 2 == 0 ? i / 2 % 60 : 0, i => i % 100, i => i % 2 == 0 ? Honest[i] : i % 500 == 1 ? 7 : 0,
            i => i < 3000 ? 0 : Honest[i], i => i < 3000 ? Honest[i] : 0,
        ];
        foreach (var id in ids)
        {
            var values = Enumerable.Range(0, 6_000).Select(id).ToArray();
            Open(new DatasetSpec { Uri = _folder.Write("16.bin", Bytes(values.Select(value => (ushort)value))) }).Dispose();
        }

        Open(new DatasetSpec { Uri = _folder.Write("32.bin", MemoryMarshal.AsBytes(Honest.Select(value => (uint)value % 10).ToArray().AsSpan()).ToArray()), TokenType = TokenType.UInt32 }).Dispose();
        _folder.Write("n/a.bin", Bytes(Honest));
        _folder.Write("n/a.idx", "not Megatron's, whatever it may be");
        Open(new DatasetSpec { Uri = _folder.File("n") }).Dispose();
    }

    [Fact]
    public void A_bad_id_is_named_wherever_it_is_and_good_ones_are_looked_at_once()
    {
        const int Count = 60_000_000;
        var path = _folder.File("large.bin");
        using (var file = File.Create(path)) file.SetLength(2L * Count);
        var (first, second, third) = (new RecordingStatus(), new RecordingStatus(), new RecordingStatus());
        Open(new DatasetSpec { Uri = path }, first).Dispose();
        Open(new DatasetSpec { Uri = path }, second).Dispose();
        Assert.Equal(["Checking the ids M tokens"], first.Stages);
        Assert.Empty(second.Stages);
        using (var file = File.OpenWrite(path))
            foreach (var position in new[] { 50_000_000, 33_000_001 })
            {
                file.Position = 2L * position;
                file.Write(BitConverter.GetBytes((ushort)(Vocabulary + position % 100)));
            }

        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        Refused(new DatasetSpec { Uri = path }, $"has the id {Vocabulary + 1} at position 33000001, but the model has only {Vocabulary} ids", third);
        Assert.Single(third.Stages);
    }

    [Fact]
    public void The_check_stops_when_asked()
    {
        using (var file = File.Create(_folder.File("large.bin"))) file.SetLength(600_000_000);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Open(new DatasetSpec { Uri = _folder.File("large.bin") }, new RecordingStatus { OnReport = stop.Cancel }, stop.Token));
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Bytes(IEnumerable<ushort> ids) => MemoryMarshal.AsBytes(ids.ToArray().AsSpan()).ToArray();

    private static TokenizedDataset Open(DatasetSpec spec, IRunStatus? status = null, CancellationToken? stop = null) => TokenizedDataset.Open(
        spec, Stores.Local, 1, Words.Tokenizer, Vocabulary, 8, status ?? SilentStatus.Instance, stop ?? TestContext.Current.CancellationToken);

    private static void Refused(DatasetSpec spec, string expected, IRunStatus? status = null)
    {
        var error = Assert.Throws<RunException>(() => Open(spec, status).Dispose());
        Assert.Equal(ExitCode.InvalidInput, error.Code);
        foreach (var part in expected.Split('*')) Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }
}
