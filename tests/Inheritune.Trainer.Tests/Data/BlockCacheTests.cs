using System.Runtime.InteropServices;
using Inheritune.Api;
using Inheritune.Trainer.Data;
using static Inheritune.Trainer.Data.BlockCache;

namespace Inheritune.Trainer.Tests.Data;

/// <summary>Streamed files through caches of a few blocks.</summary>
public sealed class BlockCacheTests : IDisposable
{
    private const int Ids = BlockBytes / sizeof(ushort);
    private const int Vocabulary = 50_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();
    private readonly RemoteFolder _store;
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly List<BlockCache> _caches = [];

    public BlockCacheTests() => _store = new RemoteFolder(_folder.Store);

    [Theory]
    [InlineData(1, TokenType.UInt16)]
    [InlineData(2, TokenType.UInt16)]
    [InlineData(5, TokenType.UInt32)]
    [InlineData(1000, TokenType.UInt16)]
    public void What_is_read_is_what_the_files_hold_whatever_the_size_of_the_cache(int blocks, TokenType type)
    {
        string[] names = ["a.bin", "b.bin", "c.bin"];
        foreach (var (i, name) in names.Index()) Write(name, (i * 11 * Ids) + 7, type);
        var (cache, streamed) = Open(blocks, type, names);
        using var mapped = new TokenCorpus([.. names.Select(name => new MappedTokens(_folder.File(name), type))]);
        Assert.Equal(mapped.Length, streamed.Length);

        // What is announced, and what is read: most of it in the same order, some of either alone.
        var announced = new Queue<(long Position, int Count)>();
        for (var i = 0; i < 3_000; i++)
        {
            var stretch = Stretch(mapped.Length, i);
            if (i % 5 > 0) streamed.Prefetch(stretch.Position, stretch.Count);
            announced.Enqueue(stretch);
            if (announced.Count > 20) AssertSame(mapped, streamed, announced.Dequeue());
        }

        foreach (var stretch in announced) AssertSame(mapped, streamed, stretch);
        AssertSame(mapped, streamed, (0, (int)mapped.Length));
        Assert.InRange(cache.Bytes, BlockBytes, Math.Min(blocks, 50) * BlockBytes);
    }

    [Fact]
    public void The_block_that_was_not_read_for_longest_makes_room()
    {
        var (_, tokens) = Open(4, Write("a.bin", 8 * Ids));
        foreach (var block in new[] { 0, 1, 2, 3, 0, 4 }) Read(tokens, block);
        Assert.Equal([0, 1, 2, 3, 4], Fetched());
        foreach (var block in new[] { 0, 2, 3, 4 }) Read(tokens, block);
        Assert.Equal(5, _store.Reads.Count);
        Read(tokens, 1);
        Assert.Equal([0, 1, 2, 3, 4, 1], Fetched());
    }

    [Fact]
    public void What_is_announced_stays_until_it_has_been_read_as_often_as_it_was_announced()
    {
        var (cache, tokens) = Open(8, Write("a.bin", 100 * Ids));
        for (var block = 10; block < 14; block++) Announce(tokens, block);
        Announce(tokens, 10);
        Settle(cache);
        void Disturb()
        {
            for (var block = 50; block < 70; block++) Read(tokens, block);
        }

        Disturb();
        var blocked = cache.BlockedReads;
        Read(tokens, 10);
        Assert.Equal(blocked, cache.BlockedReads);
        Disturb();
        blocked = cache.BlockedReads;
        for (var block = 10; block < 14; block++) Read(tokens, block);
        Assert.Equal(blocked, cache.BlockedReads);
        Disturb();
        Read(tokens, 10);
        Assert.Equal(2, Fetched().Count(block => block == 10));
    }

    [Fact]
    public void No_more_than_half_of_the_cache_is_looked_ahead_and_the_rest_follows_as_it_is_read()
    {
        var (cache, tokens) = Open(8, Write("a.bin", 100 * Ids));
        for (var block = 0; block < 100; block += 2) Announce(tokens, block);
        for (var block = 0; block < 100; block += 2)
        {
            Settle(cache);
            Assert.Equal(Math.Min(50, (block / 2) + 4), _store.Reads.Count);
            Read(tokens, block);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(i => i * 2), Fetched().Order());
        Assert.Equal(0, cache.BlockedReads);
    }

    [Fact]
    public void Announcements_far_ahead_of_the_same_few_blocks_keep_no_nearer_one_out()
    {
        var (cache, tokens) = Open(8, Write("a.bin", 20 * Ids));
        var order = Enumerable.Range(0, 2_000).Select(i => (int)CounterRandom.Below(20, 1, "block", i)).ToArray();
        foreach (var block in order) Announce(tokens, block);
        foreach (var block in order)
        {
            Settle(cache);
            Read(tokens, block);
        }

        Assert.Equal(0, cache.BlockedReads);
        // Each of them holds one in every five blocks that come next.
        Assert.InRange(_store.Reads.Count, 500, 1_700);
    }

    [Fact]
    public void What_is_read_before_its_turn_is_not_fetched_for_its_announcement()
    {
        var (cache, tokens) = Open(4, Write("a.bin", 20 * Ids));
        foreach (var block in new[] { 0, 2, 4, 6, 8, 4 }) Announce(tokens, block);
        Settle(cache);
        Assert.Equal([0, 2], Fetched().Order());
        foreach (var block in new[] { 6, 4, 10, 12, 14 }) Read(tokens, block);
        foreach (var block in new[] { 0, 2 }) Read(tokens, block);
        Settle(cache);
        Assert.Equal([0, 2, 4, 4, 6, 8, 10, 12, 14], Fetched().Order());
    }

    [Fact]
    public void Adjacent_blocks_come_in_one_request_of_limited_length()
    {
        using var open = new ManualResetEventSlim();
        _store.OnRead = _ => open.Wait(Limit, _stop.Token);
        var (cache, tokens) = Open(400, Write("a.bin", 400 * Ids));
        tokens.Prefetch(0, 200 * Ids);
        open.Set();
        Settle(cache);
        // Six threads began with what was there first.
        Assert.InRange(_store.Reads.Count, 4, 10);
        Assert.Equal(200L * BlockBytes, _store.Reads.Sum(read => (long)read.Length));
        Assert.Equal(4 << 20, _store.Reads.Max(read => read.Length));

        _store.Reads.Clear();
        tokens.Read(300 * Ids, new long[20 * Ids]);
        Assert.Equal([(300L * BlockBytes, 20 * BlockBytes)], _store.Reads);
    }

    [Fact]
    public async Task A_block_that_is_on_its_way_is_waited_for_and_not_fetched_again()
    {
        using var open = new ManualResetEventSlim();
        _store.OnRead = _ => open.Wait(Limit, _stop.Token);
        var (cache, tokens) = Open(8, Write("a.bin", 8 * Ids));
        Announce(tokens, 3);
        Assert.True(SpinWait.SpinUntil(() => !_store.Reads.IsEmpty, Limit));
        var read = Task.Run(() => Read(tokens, 3), _stop.Token);
        Assert.True(SpinWait.SpinUntil(() => cache.BlockedReads == 1, Limit));
        Assert.False(read.IsCompleted);
        open.Set();
        await read.WaitAsync(Limit, _stop.Token);
        Assert.Equal([3], Fetched());
    }

    [Fact]
    public async Task Announcements_from_many_threads_disturb_no_read()
    {
        Write("a.bin", 60 * Ids);
        var (_, streamed) = Open(9, "a.bin");
        using var mapped = new TokenCorpus([new MappedTokens(_folder.File("a.bin"), TokenType.UInt16)]);
        var announcing = Enumerable.Range(1, 3).Select(seed => Task.Run(() =>
        {
            for (var i = 0; i < 3_000; i++)
            {
                var (position, count) = Stretch(mapped.Length, i + (10_000 * seed));
                streamed.Prefetch(position, count);
            }
        }, _stop.Token)).ToArray();
        for (var i = 0; i < 3_000; i++) AssertSame(mapped, streamed, Stretch(mapped.Length, i));
        await Task.WhenAll(announcing).WaitAsync(Limit, _stop.Token);
    }

    [Fact]
    public void A_fetch_that_fails_in_the_background_fails_the_read_of_its_blocks_and_no_other()
    {
        _store.OnRead = offset => { if (offset == 5 * BlockBytes) throw new RunException(ExitCode.StorageDenied, "the key was revoked"); };
        var (cache, tokens) = Open(8, Write("a.bin", 20 * Ids));
        for (var i = 0; i < 10; i++)
        {
            foreach (var block in new[] { 3, 5, 7 }) Announce(tokens, block);
            Settle(cache);
            Read(tokens, 3);
            var error = Assert.Throws<RunException>(() => Read(tokens, 5));
            Assert.Equal((ExitCode.StorageDenied, "the key was revoked"), (error.Code, error.Message));
            Read(tokens, 7);
        }

        // Ten times in the background and now on demand; slots and lookahead are free again.
        Assert.Throws<RunException>(() => Read(tokens, 5));
        Assert.Equal(11, Fetched().Count(block => block == 5));
        for (var block = 8; block < 12; block++) Announce(tokens, block);
        Settle(cache);
        var blocked = cache.BlockedReads;
        for (var block = 8; block < 12; block++) Read(tokens, block);
        Assert.Equal(blocked, cache.BlockedReads);
        for (var block = 8; block < 20; block++) Read(tokens, block);
        _store.OnRead = _ => { };
        Read(tokens, 5);
    }

    [Fact]
    public async Task A_cancelled_fetch_and_a_cancelled_wait_end_as_cancelled()
    {
        _store.OnRead = _ => throw new OperationCanceledException();
        var (cache, tokens) = Open(8, Write("a.bin", 20 * Ids));
        Announce(tokens, 1);
        Settle(cache);
        Assert.Throws<OperationCanceledException>(() => Read(tokens, 1));

        using var open = new ManualResetEventSlim();
        _store.OnRead = _ => open.Wait(Limit);
        Announce(tokens, 2);
        Assert.True(SpinWait.SpinUntil(() => _store.Reads.Count == 2, Limit));
        var read = Task.Run(() => Read(tokens, 2), TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => cache.BlockedReads == 1, Limit));
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(Limit, TestContext.Current.CancellationToken));
        open.Set();
    }

    [Fact]
    public void A_cache_that_is_closed_asks_for_nothing_more()
    {
        using var open = new ManualResetEventSlim();
        _store.OnRead = _ => open.Wait(Limit);
        var (cache, tokens) = Open(100, Write("a.bin", 100 * Ids));
        for (var block = 0; block < 100; block += 2) Announce(tokens, block);
        Assert.True(SpinWait.SpinUntil(() => _store.Reads.Count == 6, Limit));
        cache.Dispose();
        open.Set();
        Assert.False(SpinWait.SpinUntil(() => _store.Reads.Count > 6, TimeSpan.FromSeconds(0.3)));
        Assert.Throws<ObjectDisposedException>(() => Read(tokens, 1));
    }

    [Fact]
    public void An_id_beyond_the_vocabulary_is_found_when_its_block_arrives()
    {
        Write("a.bin", 4 * Ids);
        using (var file = File.OpenWrite(_folder.File("a.bin")))
        {
            file.Position = ((2 * Ids) + 9) * sizeof(ushort);
            file.Write([0x50, 0xC3]);
        }

        var (cache, tokens) = Open(8, "a.bin");
        Assert.Empty(_store.Reads);
        Announce(tokens, 2);
        Settle(cache);
        Read(tokens, 1);
        var error = Assert.Throws<RunException>(() => Read(tokens, 2));
        Assert.Equal(ExitCode.InvalidInput, error.Code);
        Assert.Contains("spec.dataset.uri: 'remote' remote/a.bin has the id 50000 at position 65545, but the model has only 50000 ids", error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        foreach (var cache in _caches) cache.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }

    /// <summary>A stretch of up to three blocks.</summary>
    private static (long Position, int Count) Stretch(long length, int i)
    {
        var position = CounterRandom.Below(length, 1, "position", i);
        return (position, (int)Math.Min(CounterRandom.Below(i % 50 == 0 ? 3 * Ids : 2_000, 1, "count", i), length - position));
    }

    private static void AssertSame(TokenCorpus expected, TokenCorpus actual, (long Position, int Count) stretch)
    {
        var (a, b) = (new long[stretch.Count], new long[stretch.Count]);
        expected.Read(stretch.Position, a);
        actual.Read(stretch.Position, b);
        Assert.True(a.AsSpan().SequenceEqual(b), $"{stretch}");
    }

    private static void Announce(TokenCorpus tokens, int block) => tokens.Prefetch((block * Ids) + 100, 10);

    private static void Read(TokenCorpus tokens, int block) => tokens.Read((block * Ids) + 100, new long[10]);

    private static void Settle(BlockCache cache) => Assert.True(SpinWait.SpinUntil(() => cache.Underway == 0, Limit));

    private IEnumerable<int> Fetched() => _store.Reads.Select(read => (int)(read.Offset / BlockBytes));

    private string Write(string name, int count, TokenType type = TokenType.UInt16)
    {
        var ids = Enumerable.Range(0, count).Select(i => (uint)CounterRandom.Below(Vocabulary, 1, name, i)).ToArray();
        _folder.Write(name, (type == TokenType.UInt32 ? MemoryMarshal.AsBytes<uint>(ids) : MemoryMarshal.AsBytes<ushort>(ids.Select(id => (ushort)id).ToArray())).ToArray());
        return name;
    }

    private (BlockCache Cache, TokenCorpus Tokens) Open(int blocks, params string[] names) => Open(blocks, TokenType.UInt16, names);

    private (BlockCache Cache, TokenCorpus Tokens) Open(int blocks, TokenType type, params string[] names)
    {
        var corpus = new Corpus("spec.dataset.uri", "remote", DatasetFormat.Packed, [.. names.Select(name => new CorpusFile(_store, _store.Stat(name)!, DatasetFormat.Packed))]);
        var cache = new BlockCache(corpus.Files.Select(file => file.Info.Size), blocks * (long)BlockBytes, _stop.Token);
        _caches.Add(cache);
        return (cache, new TokenCorpus([.. corpus.Files.Select(file => new StreamedTokens(cache, corpus, file, type, Vocabulary))]));
    }
}
