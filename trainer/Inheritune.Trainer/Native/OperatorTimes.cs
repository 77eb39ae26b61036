using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Inheritune.Trainer.Native;

/// <summary>
/// The time that each of libtorch's operators takes on the calling threads, without that of the operators it calls in turn. libtorch
/// calls back at the begin and end of each; on a GPU that is when it is launched, not when it runs.
/// </summary>
internal static unsafe partial class OperatorTimes
{
    private const string Library = "torch_cpu";
    private const int FunctionScope = 0;

    private static readonly Dictionary<string, (double Seconds, int Calls)> Times = new(StringComparer.Ordinal);

    /// <summary>Begin of each operator under way, and the time of those inside it, in ticks.</summary>
    [ThreadStatic]
    private static Stack<(long Begin, long Inner)>? _underWay;

    private static int _listens;

    /// <summary>Begins to listen; for the rest of the process.</summary>
    public static void Start()
    {
        if (Interlocked.Exchange(ref _listens, 1) == 1) return;
        var callback = new RecordFunctionCallback { Begin = &OnBegin, End = &OnEnd, SamplingProbability = 1 };
        callback.Scopes[FunctionScope] = 1;
        _ = AddGlobalCallback(callback);
    }

    /// <summary>Seconds and calls of each operator since the last time this was asked.</summary>
    public static IReadOnlyDictionary<string, (double Seconds, int Calls)> Take()
    {
        lock (Times)
        {
            var taken = new Dictionary<string, (double Seconds, int Calls)>(Times);
            Times.Clear();
            return taken;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint OnBegin(nint* context, nint function)
    {
        (_underWay ??= []).Push((Stopwatch.GetTimestamp(), 0));
        // An owning pointer comes back by way of its address, as C++ has it; there is nothing to own.
        *context = 0;
        return (nint)context;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnEnd(nint function, nint context)
    {
        if (_underWay is not { Count: > 0 } underWay) return;
        var (begin, inner) = underWay.Pop();
        var elapsed = Stopwatch.GetTimestamp() - begin;
        if (underWay.TryPop(out var outer)) underWay.Push((outer.Begin, outer.Inner + elapsed));
        var name = Marshal.PtrToStringUTF8(Name(function)) ?? "";
        lock (Times)
        {
            var (seconds, calls) = Times.GetValueOrDefault(name);
            Times[name] = (seconds + (double)(elapsed - inner) / Stopwatch.Frequency, calls + 1);
        }
    }

    [LibraryImport(Library, EntryPoint = "_ZN2at17addGlobalCallbackENS_22RecordFunctionCallbackE")]
    private static partial ulong AddGlobalCallback(RecordFunctionCallback callback);

    [LibraryImport(Library, EntryPoint = "_ZNK2at14RecordFunction4nameEv")]
    private static partial nint Name(nint function);

    /// <summary>ATen's class of this name, libtorch 2.10.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RecordFunctionCallback
    {
        public delegate* unmanaged[Cdecl]<nint*, nint, nint> Begin;
        public delegate* unmanaged[Cdecl]<nint, nint, void> End;
        public double SamplingProbability;
        public fixed byte Scopes[10];
        public byte NeedsInputs;
        public byte NeedsOutputs;
        public byte NeedsIds;
    }
}
