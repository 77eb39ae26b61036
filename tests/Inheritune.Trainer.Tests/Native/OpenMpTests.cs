using Inheritune.Trainer.Native;

namespace Inheritune.Trainer.Tests.Native;

public class OpenMpTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Each_part_is_done_once_and_on_threads_of_their_own(int parts)
    {
        var (calls, threads) = (new int[parts], new int[parts]);
        OpenMp.For(parts, part =>
        {
            Interlocked.Increment(ref calls[part]);
            threads[part] = Environment.CurrentManagedThreadId;
        });
        Assert.All(calls, count => Assert.Equal(1, count));
        Assert.Equal(parts, threads.Distinct().Count());
        Assert.Contains(Environment.CurrentManagedThreadId, threads);
    }

    [Fact]
    public void A_failure_reaches_the_caller_as_it_was_and_the_threads_go_on_to_work()
    {
        var failure = Assert.Throws<FormatException>(() => OpenMp.For(2, part =>
        {
            if (part == 1) throw new FormatException("on the second thread");
        }));
        Assert.Equal("on the second thread", failure.Message);
        Each_part_is_done_once_and_on_threads_of_their_own(2);
    }
}
