using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Tests.Data;

/// <summary>They measure the heap of the process, so nothing may run beside them.</summary>
[Collection(nameof(RunsAlone))]
public sealed class BoundedMemoryTests : IDisposable
{
    private const long Megabyte = 1_000_000;
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Mapping_scanning_and_reading_400_MB_of_ids_allocates_nothing_to_speak_of()
    {
        var path = Path.Combine(_folder.Path, "sparse.bin");
        using (var file = File.Create(path)) file.SetLength(400 * Megabyte);
        // Trained at its first use.
        _ = Words.Tokenizer;
        var before = GC.GetAllocatedBytesForCurrentThread();
        using (var dataset = Open(path))
        {
            Assert.Equal(200 * Megabyte, dataset.CorpusTokens);
            Span<long> sequence = new long[1025];
            for (var i = 0; i < 1000; i++) dataset.Train.Read(i * 180_000L, sequence);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Megabyte);
    }

    [Fact]
    public void Memory_does_not_grow_with_the_corpus_that_is_streamed()
    {
        // The first run fills caches that stay.
        _ = Streamed(64);
        var (small, large) = (Streamed(64), Streamed(16_000));
        Assert.True(large < small + Megabyte, $"{small} bytes for 64 MB of ids, {large} for 16 GB");
    }

    [Fact]
    public void Memory_does_not_grow_with_the_text()
    {
        // The first run fills caches that stay.
        _ = Peak(1);
        var (small, large) = (Peak(4), Peak(40));
        Assert.True(large < small + (8 * Megabyte), $"{small / Megabyte} MB for 4 MB of text, {large / Megabyte} MB for 40 MB");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Live heap after two thousand announced reads all over a sparse file, through a cache of 4 MiB.</summary>
    private long Streamed(int megabytes)
    {
        using (var file = File.Create(_folder.File("streamed.bin"))) file.SetLength(megabytes * Megabyte);
        var store = new RemoteFolder(_folder.Store);
        var corpus = new Corpus("spec.dataset.uri", "remote", DatasetFormat.Packed, [new CorpusFile(store, store.Stat("streamed.bin")!, DatasetFormat.Packed)]);
        using var cache = new BlockCache([corpus.Files[0].Info.Size], 4 << 20, TestContext.Current.CancellationToken);
        var tokens = new StreamedTokens(cache, corpus, corpus.Files[0], TokenType.UInt16, 262);
        var sequence = new long[1025];
        const int Count = 2_000;
        long Start(int i) => CounterRandom.Below(tokens.Length - sequence.Length, 1, "start", i);
        for (var i = 0; i < Count; i++)
        {
            if (i + 16 < Count) tokens.Prefetch(Start(i + 16), sequence.Length);
            tokens.Read(Start(i), sequence);
        }

        store.Reads.Clear();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>Largest live heap while a text of one document is tokenized.</summary>
    private long Peak(int megabytes)
    {
        var path = Path.Combine(_folder.Path, $"{megabytes}.txt");
        var line = string.Concat(Enumerable.Repeat("the cat and the hat, ", 47)) + "\n";
        using (var writer = File.CreateText(path))
            for (var i = 0; i < megabytes * 1000; i++) writer.Write(line);
        var (peak, reports) = (0L, 0);
        var status = new RecordingStatus { OnReport = () => peak = reports++ % 4 == 0 ? Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true)) : peak };
        TokenizedDataset.Open(new DatasetSpec { Uri = path }, Stores.Local, 1, Words.Tokenizer, 262, 1024, status, TestContext.Current.CancellationToken).Dispose();
        return peak;
    }

    private static TokenizedDataset Open(string path) => TokenizedDataset.Open(
        new DatasetSpec { Uri = path }, Stores.Local, 1, Words.Tokenizer, 262, 1024, SilentStatus.Instance, TestContext.Current.CancellationToken);
}
