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
    public void Memory_does_not_grow_with_the_text()
    {
        // The first run fills caches that stay.
        _ = Peak(1);
        var (small, large) = (Peak(4), Peak(40));
        Assert.True(large < small + (8 * Megabyte), $"{small / Megabyte} MB for 4 MB of text, {large / Megabyte} MB for 40 MB");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Largest live heap while a text of one document is tokenized.</summary>
    private long Peak(int megabytes)
    {
        var path = Path.Combine(_folder.Path, $"{megabytes}.txt");
        var line = string.Concat(Enumerable.Repeat("the cat and the hat, ", 47)) + "\n";
        using (var writer = File.CreateText(path))
            for (var i = 0; i < megabytes * 1000; i++) writer.Write(line);
        var (peak, reports) = (0L, 0);
        var status = new RecordingStatus { OnReport = () => peak = reports++ % 4 == 0 ? Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true)) : peak };
        TokenizedDataset.Open(new DatasetSpec { Uri = path }, Stores.Local, Words.Tokenizer, 262, 1024, 1, status, TestContext.Current.CancellationToken).Dispose();
        return peak;
    }

    private static TokenizedDataset Open(string path) => TokenizedDataset.Open(
        new DatasetSpec { Uri = path }, Stores.Local, Words.Tokenizer, 262, 1024, 1, SilentStatus.Instance, TestContext.Current.CancellationToken);
}
