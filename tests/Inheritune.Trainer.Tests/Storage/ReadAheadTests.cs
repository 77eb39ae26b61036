using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tests.Storage;

public sealed class ReadAheadTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Six_pieces_are_read_at_once_and_come_in_order_whichever_is_done_first()
    {
        var readings = Enumerable.Range(0, 20).Select(_ => new TaskCompletionSource()).ToArray();
        var started = 0;
        using var pieces = ReadAhead.Read(Enumerable.Range(0, 20), (i, _) => { started++; return readings[i].Task; }, Stop).GetEnumerator();
        foreach (var reading in readings.Take(5).Reverse()) reading.SetResult();
        for (var i = 0; i < 5; i++)
        {
            Assert.True(pieces.MoveNext());
            Assert.Equal((i, 6 + i), (pieces.Current, started));
        }

        foreach (var reading in readings.Skip(5).Reverse()) reading.SetResult();
        for (var i = 5; i < 20; i++)
        {
            Assert.True(pieces.MoveNext());
            Assert.Equal(i, pieces.Current);
        }

        Assert.False(pieces.MoveNext());
    }

    [Fact]
    public void A_failure_comes_where_its_piece_would_and_ends_the_others()
    {
        var (seen, ended) = (new List<int>(), 0);
        async Task Read(int piece, CancellationToken stop)
        {
            if (piece == 3) throw new InvalidOperationException("piece 3");
            if (piece < 3) return;
            await WaitForEnd(stop);
            Interlocked.Increment(ref ended);
        }

        var error = Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (var piece in ReadAhead.Read(Enumerable.Range(0, 20), Read, Stop)) seen.Add(piece);
        });
        Assert.Equal("piece 3", error.Message);
        Assert.Equal([0, 1, 2], seen);
        Assert.Equal(5, ended);
    }

    [Fact]
    public void Nothing_is_being_read_any_more_once_the_caller_has_left()
    {
        var ended = 0;
        async Task Read(int piece, CancellationToken stop)
        {
            if (piece == 0) return;
            await WaitForEnd(stop);
            // What is cancelled may take its time.
            await Task.Delay(100, CancellationToken.None);
            Interlocked.Increment(ref ended);
        }

        foreach (var _ in ReadAhead.Read(Enumerable.Range(0, 20), Read, Stop)) break;
        Assert.Equal(5, ended);
    }

    [Fact]
    public void A_cancellation_ends_the_wait_for_a_piece()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(0.2));
        Assert.ThrowsAny<OperationCanceledException>(() => ReadAhead.Read([0], (_, end) => Task.Delay(TimeSpan.FromMinutes(5), end), stop.Token).Count());
        Assert.Throws<OperationCanceledException>(() => ReadAhead.Read([0], (_, _) => Task.CompletedTask, stop.Token).Count());
    }

    [Fact]
    public void A_buffer_is_left_alone_while_the_caller_looks_at_it()
    {
        const int Size = 1000;
        using var folder = new TemporaryFolder();
        var content = new byte[50 * Size];
        new Random(1).NextBytes(content);
        folder.Write("data", content);
        var pieces = ReadAhead.Buffers(Size).Take(50).Select((buffer, i) => (Buffer: buffer, Offset: i * Size));
        var (buffers, offset) = (new HashSet<Memory<byte>>(), 0);
        foreach (var piece in ReadAhead.Read(pieces, (p, stop) => ((IObjectStore)folder.Store).ReadAsync("data", p.Offset, [p.Buffer[..1], p.Buffer[1..]], stop), Stop))
        {
            buffers.Add(piece.Buffer);
            Thread.Yield();
            Assert.True(piece.Buffer.Span.SequenceEqual(content.AsSpan(offset, Size)), $"at {offset}");
            offset += Size;
        }

        Assert.Equal((content.Length, 6), (offset, buffers.Count));
    }

    private static Task WaitForEnd(CancellationToken stop)
    {
        var ended = new TaskCompletionSource();
        stop.Register(ended.SetResult);
        return ended.Task;
    }
}
