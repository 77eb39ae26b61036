using Inheritune.Operator.Runtime;
using Microsoft.Extensions.Time.Testing;

namespace Inheritune.Operator.Tests.Runtime;

public sealed class WorkQueueTests : IDisposable
{
    private static readonly NamespacedName A = new("n", "a");
    private static readonly NamespacedName B = new("n", "b");

    private readonly FakeTimeProvider _time = new();
    private readonly WorkQueue _queue;

    public WorkQueueTests() => _queue = new WorkQueue("tests", new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)), new TokenBucket(1000, 1000, _time), _time);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public void A_key_added_twice_is_taken_once()
    {
        _queue.Add(A);
        _queue.Add(A);
        _queue.Add(B);
        Assert.Equal([A, B], TakeAll());
    }

    [Fact]
    public async Task A_key_added_while_a_worker_has_it_comes_again_when_that_worker_is_done()
    {
        _queue.Add(A);
        Assert.Equal(A, await _queue.TakeAsync(TestContext.Current.CancellationToken));
        _queue.Add(A);
        _queue.Add(A);
        Assert.Empty(TakeAll());
        _queue.Done(A);
        Assert.Equal([A], TakeAll());
        Assert.Empty(TakeAll());
    }

    [Fact]
    public void A_delayed_key_comes_when_its_time_has_come()
    {
        _queue.AddAfter(A, TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Empty(TakeAll());
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal([A], TakeAll());
    }

    [Theory]
    [InlineData(5, 20)]
    [InlineData(20, 5)]
    public void Of_two_wake_ups_the_earlier_stands_whichever_was_wished_first(double first, double second)
    {
        _queue.AddAfter(A, TimeSpan.FromSeconds(first));
        _queue.AddAfter(A, TimeSpan.FromSeconds(second));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([A], TakeAll());
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Empty(TakeAll());
    }

    [Fact]
    public void A_wake_up_survives_that_the_key_is_looked_at_for_another_reason()
    {
        _queue.AddAfter(A, TimeSpan.FromSeconds(10));
        _queue.Add(A);
        Assert.Equal([A], TakeAll());
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([A], TakeAll());
    }

    [Fact]
    public void Wake_ups_come_in_the_order_of_their_times()
    {
        _queue.AddAfter(B, TimeSpan.FromSeconds(3));
        _queue.AddAfter(A, TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([A, B], TakeAll());
    }

    [Fact]
    public void A_wake_up_may_lie_farther_away_than_a_timer_reaches()
    {
        _queue.AddAfter(A, TimeSpan.FromDays(90));
        for (var day = 0; day < 90; day++)
        {
            Assert.Empty(TakeAll());
            _time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal([A], TakeAll());
    }

    [Fact]
    public void The_pauses_of_a_key_that_fails_double_up_to_the_limit_and_begin_anew_once_it_is_forgotten()
    {
        double[] pauses = [1, 2, 4, 8, 16, 32, 60, 60];
        foreach (var pause in pauses) ComesAfter(pause, () => _queue.AddRateLimited(A));
        _queue.Forget(A);
        ComesAfter(1, () => _queue.AddRateLimited(A));
    }

    [Fact]
    public void A_failed_key_waits_for_as_long_as_the_server_asks()
    {
        ComesAfter(30, () => _queue.AddRateLimited(A, TimeSpan.FromSeconds(30)));
        ComesAfter(2, () => _queue.AddRateLimited(A, TimeSpan.FromSeconds(0.1)));
    }

    [Fact]
    public void A_failed_key_does_not_hold_up_another()
    {
        _queue.AddRateLimited(A);
        _queue.Add(B);
        Assert.Equal([B], TakeAll());
    }

    [Fact]
    public void Retries_of_many_keys_share_one_rate()
    {
        using var queue = new WorkQueue("tests", new Backoff(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(60)), new TokenBucket(10, 5, _time), _time);
        for (var i = 0; i < 25; i++) queue.AddRateLimited(new("n", $"{i}"));
        _time.Advance(TimeSpan.FromSeconds(0.05));
        Assert.Equal(5, TakeAll(queue).Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, TakeAll(queue).Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, TakeAll(queue).Count);
    }

    [Fact]
    public async Task No_two_of_many_workers_have_one_key_at_once_and_nothing_added_is_lost()
    {
        var (added, seen, busy) = (new int[4], new int[4], new int[4]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var workers = Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            while (true)
            {
                var key = await _queue.TakeAsync(stop.Token);
                var i = key.Name[0] - '0';
                Assert.Equal(1, Interlocked.Increment(ref busy[i]));
                seen[i] = Volatile.Read(ref added[i]);
                for (var pause = 0; pause < n % 4; pause++) await Task.Yield();
                Interlocked.Decrement(ref busy[i]);
                _queue.Done(key);
            }
        })).ToArray();

        for (var n = 0; n < 50_000; n++)
        {
            Interlocked.Increment(ref added[n % 4]);
            _queue.Add(new("n", $"{n % 4}"));
            if (n % 8 == 0) await Task.Yield();
        }

        await Poll.UntilAsync(() => added.AsSpan().SequenceEqual(seen));
        await stop.CancelAsync();
        foreach (var worker in workers) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => worker);
    }

    private void ComesAfter(double seconds, Action add)
    {
        add();
        _time.Advance(TimeSpan.FromSeconds(seconds * 0.999));
        Assert.Empty(TakeAll());
        // Jitter lengthens a pause by a fifth at most.
        _time.Advance(TimeSpan.FromSeconds(seconds * 0.202));
        Assert.Equal([A], TakeAll());
    }

    private List<NamespacedName> TakeAll(WorkQueue? queue = null)
    {
        queue ??= _queue;
        var taken = new List<NamespacedName>();
        while (true)
        {
            using var wait = new CancellationTokenSource();
            var next = queue.TakeAsync(wait.Token);
            if (!next.IsCompleted)
            {
                wait.Cancel();
                break;
            }

            taken.Add(next.Result);
        }

        foreach (var key in taken) queue.Done(key);
        return taken;
    }
}
