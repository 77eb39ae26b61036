using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Inheritune.Trainer;

namespace Inheritune.Benchmarks;

/// <summary>The machine that is measured on, and the processes that run on it.</summary>
internal static class Machine
{
    private const int NotAvailable = 77;
    private const double QuietShare = 0.15;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(0.5);

    private static readonly Stack<Action> CleanUps = new();
    private static Process? _running;

    static Machine() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        _running?.Kill(entireProcessTree: true);
        while (CleanUps.TryPop(out var cleanUp)) cleanUp();
    };

    /// <summary>Measurements that began although something else was at work.</summary>
    public static int Disturbed { get; private set; }

    /// <summary>Processor, cores and kernel.</summary>
    public static string Description
    {
        get
        {
            var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
            return $"{model ?? "unknown processor"}, {Environment.ProcessorCount} cores, {Environment.OSVersion}, .NET {Environment.Version}";
        }
    }

    /// <summary>Calls back at the end of this process, the last one first, also when someone interrupts it.</summary>
    public static void AtExit(Action cleanUp) => CleanUps.Push(cleanUp);

    /// <summary>Waits until other processes leave the machine alone, but not for ever.</summary>
    public static void WaitUntilQuiet(TimeSpan patience)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < patience;)
        {
            var (busy, total) = Ticks();
            Thread.Sleep(Window);
            var (busyNow, totalNow) = Ticks();
            if (busyNow - busy <= QuietShare * (totalNow - total)) return;
        }

        Disturbed++;
    }

    /// <summary>Takes memory, writes to it and gives it back, so that whoever is measured next finds it as everybody else does.</summary>
    /// <remarks>A virtual machine's host takes what has been free for some seconds; the first to use it again waits for the host, up to a second for 512 MB.</remarks>
    public static unsafe void WarmMemory(nuint bytes)
    {
        var memory = (byte*)NativeMemory.Alloc(bytes);
        for (nuint page = 0; page < bytes; page += (nuint)Environment.SystemPageSize) memory[page] = 1;
        NativeMemory.Free(memory);
    }

    /// <summary>Runs a process to its end.</summary>
    /// <param name="program">Its file.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables that differ; null removes one.</param>
    /// <exception cref="RunException">It fails, or it is a script that says why its part cannot be had.</exception>
    public static (double Seconds, string Output) Run(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true } };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) process.StartInfo.Environment[name] = value;
        var clock = Stopwatch.StartNew();
        process.Start();
        _running = process;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        var seconds = clock.Elapsed.TotalSeconds;
        _running = null;
        if (process.ExitCode == 0) return (seconds, output.Result);
        throw new RunException(ExitCode.InvalidInput, process.ExitCode == NotAvailable ? error.Result.Trim() : $"{Path.GetFileName(program)} ended with exit code {process.ExitCode}: {error.Result.Trim()}");
    }

    /// <summary>A figure of this process in bytes; the kernel gives it in kB.</summary>
    public static long MemoryOf(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture) << 10;
    }

    private static (long Busy, long Total) Ticks()
    {
        // user nice system idle iowait irq softirq steal
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(t => long.Parse(t, CultureInfo.InvariantCulture)).ToArray();
        return (ticks.Sum() - ticks[3] - ticks[4], ticks.Sum());
    }
}
