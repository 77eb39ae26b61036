using static TorchSharp.torch;

namespace Inheritune.Trainer.Native;

/// <summary>Divides loops among as many threads as libtorch uses. Who gets what depends on their number alone, and so do sums over all of it.</summary>
internal static class CpuThreads
{
    private const int Stretch = 4096;

    /// <summary>As for <c>--threads</c>.</summary>
    private const int Most = 1024;

    /// <summary>The most threads that a loop is divided among.</summary>
    public static int Count => get_num_threads();

    /// <summary>
    /// Says how many there are: as many as asked for, else as <c>OMP_NUM_THREADS</c> says, else one for each core that the process may use. Untold, libtorch
    /// heeds no pod's limit, and its matrix library finds the cores by moving from one to the next, and may use fewer for a product: sums would be rounded otherwise.
    /// </summary>
    public static void Use(int? asked) =>
        set_num_threads(asked ?? (int.TryParse(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"), out var said) && said is > 0 and <= Most ? said : Math.Min(Environment.ProcessorCount, Cores())));

    /// <summary>Calls <paramref name="body"/> for each index below <paramref name="count"/>.</summary>
    public static void For(long count, Action<long> body) => Divide(count, (_, from, to) =>
    {
        for (var i = from; i < to; i++) body(i);
    });

    /// <summary>Calls <paramref name="body"/> with the first and the number of some elements at a time, until it has had all.</summary>
    public static void InStretches(long size, Action<long, int> body) =>
        For((size + Stretch - 1) / Stretch, i => body(i * Stretch, (int)Math.Min(Stretch, size - i * Stretch)));

    /// <summary>Calls <paramref name="body"/> on each thread with the thread's number and its stretch of the indices below <paramref name="count"/>.</summary>
    public static void Divide(long count, Action<int, long, long> body)
    {
        var threads = (int)Math.Min(Count, count);
        if (threads <= 1) body(0, 0, count);
        else OpenMp.For(threads, t => body(t, t * count / threads, (t + 1) * count / threads));
    }

    /// <summary>Those of the machine, each of which may be several processors.</summary>
    private static int Cores()
    {
        const string processors = "/sys/devices/system/cpu";
        if (!Directory.Exists(processors)) return Environment.ProcessorCount;
        var siblings = Directory.EnumerateDirectories(processors, "cpu*").Select(folder => Path.Combine(folder, "topology/thread_siblings_list")).Where(File.Exists).Select(File.ReadAllText).Distinct().Count();
        return siblings == 0 ? Environment.ProcessorCount : siblings;
    }
}
