using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Inheritune.Trainer.Native;

/// <summary>
/// The threads of libtorch's own loops, which are those of its matrix products. A second team would find the cores taken by the first one,
/// whose threads go on looking for work for a while, and would have to be woken besides.
/// </summary>
internal static unsafe class OpenMp
{
    private static delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void> _parallel;
    private static delegate* unmanaged<int> _number;
    private static delegate* unmanaged<int> _count;

    /// <summary>Makes them usable.</summary>
    /// <param name="library">Handle of libgomp.</param>
    public static void Install(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "omp_get_thread_num", out var number)
            || !NativeLibrary.TryGetExport(library, "omp_get_num_threads", out var count)
            || !NativeLibrary.TryGetExport(library, "GOMP_parallel", out var parallel)) return;
        _number = (delegate* unmanaged<int>)number;
        _count = (delegate* unmanaged<int>)count;
        _parallel = (delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void>)parallel;
    }

    /// <summary>Calls <paramref name="body"/> once with each number below <paramref name="parts"/>, on as many threads, the caller's among them.</summary>
    public static void For(int parts, Action<int> body)
    {
        if (_parallel is null)
        {
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, body);
            return;
        }

        var work = new Work(parts, body);
        var handle = GCHandle.Alloc(work);
        _parallel(&Take, GCHandle.ToIntPtr(handle), (uint)parts, 0);
        handle.Free();
        work.Error?.Throw();
    }

    /// <summary>OpenMP may give fewer threads than were asked for.</summary>
    [UnmanagedCallersOnly]
    private static void Take(nint handle)
    {
        var work = (Work)GCHandle.FromIntPtr(handle).Target!;
        try
        {
            for (var part = _number(); part < work.Parts; part += _count()) work.Body(part);
        }
        catch (Exception e)
        {
            // It must not leave for code that knows nothing of it.
            work.Error = ExceptionDispatchInfo.Capture(e);
        }
    }

    private sealed class Work(int parts, Action<int> body)
    {
        public int Parts => parts;

        public Action<int> Body => body;

        public ExceptionDispatchInfo? Error { get; set; }
    }
}
