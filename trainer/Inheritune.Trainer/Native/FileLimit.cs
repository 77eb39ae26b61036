using System.Runtime.InteropServices;

namespace Inheritune.Trainer.Native;

/// <summary>How many files the process may have open. The runtime itself raises what it may; libraries, data and connections do not fit into a few dozen.</summary>
internal static unsafe partial class FileLimit
{
    /// <summary><see cref="ExitCode.InvalidInput"/>, which is in what cannot be loaded any more.</summary>
    public const int Code = 20;

    private const ulong Least = 256;

    private const int OpenFiles = 7, StandardError = 2;

    /// <summary>Raises the limit where the process may.</summary>
    /// <returns>Whether the process can work; why not has been said.</returns>
    public static bool Raise()
    {
        if (!OperatingSystem.IsLinux()) return true;
        Limit limit;
        if (GetLimit(OpenFiles, &limit) != 0 || limit.Soft >= Least) return true;
        var raised = new Limit { Soft = Least, Hard = Math.Max(Least, limit.Hard) };
        if (SetLimit(OpenFiles, &raised) == 0) return true;
        // The console would need files of its own.
        var message = $"error: this process may have only {limit.Soft} files open (ulimit -n), and it needs up to {Least}; raise the limit and run the same command again\n";
        _ = Write(StandardError, message, (nuint)message.Length);
        return false;
    }

    [LibraryImport("libc", EntryPoint = "write", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Write(int descriptor, string text, nuint length);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, Limit* limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, Limit* limit);

    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
