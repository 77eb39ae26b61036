using static TorchSharp.torch;

namespace Inheritune.Trainer.Native;

/// <summary>Loops over as many threads as libtorch uses. What a loop does for an index depends on nothing but the index, so neither does a result depend on the threads.</summary>
internal static class CpuThreads
{
    /// <summary>Calls <paramref name="body"/> for 0 to <paramref name="count"/> - 1, a stretch of them on each thread.</summary>
    public static void For(long count, Action<long> body)
    {
        var threads = (int)Math.Min(get_num_threads(), count);
        if (threads <= 1) Stretch(0, count);
        else Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, t => Stretch(t * count / threads, (t + 1) * count / threads));

        void Stretch(long from, long to)
        {
            for (var i = from; i < to; i++) body(i);
        }
    }
}
