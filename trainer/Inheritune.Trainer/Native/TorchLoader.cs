using System.Runtime.InteropServices;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Native;

/// <summary>
/// Loads libtorch before TorchSharp looks for it. On hosts whose libstdc++ is older than GCC 13 (Debian 12, Ubuntu 22.04,
/// RHEL 9) TorchSharp's native part does not load as shipped; there, and only there, a corrected image of it is loaded
/// from memory. Nothing on the disk is changed.
/// </summary>
public static partial class TorchLoader
{
    private const int DoNotOverwrite = 0;

    private const string Bridge = "libLibTorchSharp.so";

    /// <summary>Makes TorchSharp usable. Call once, before the first tensor.</summary>
    /// <exception cref="RunException">The native libraries are missing or do not fit this host.</exception>
    public static void Load(IRunStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);

        // Elsewhere TorchSharp's own loader finds its way.
        if (!OperatingSystem.IsLinux() || FindBridge() is not { } bridge) return;

        // OpenMP's threads spin while they wait for each other, by default for so long that a process that shares its cores, or has a pod's
        // CPU quota, takes many times as long. A tenth of a millisecond costs a step of a small model 2 % where it is alone, and two of them
        // on two cores, each with two threads, take a third of the time that they took with ten times as much. libgomp reads the variable
        // when it is loaded; a user's setting stands.
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null) _ = SetEnvironment("GOMP_SPINCOUNT", "2000", DoNotOverwrite);

        KeepMemory();
        var folder = Path.GetDirectoryName(bridge)!;
        try
        {
            NativeLibrary.Load(Path.Combine(folder, "libtorch.so"));
            TensorMemory.Install(NativeLibrary.Load(Path.Combine(folder, "libc10.so")));
            MatrixLibrary.Install(NativeLibrary.Load(Path.Combine(folder, "libtorch_cpu.so")));
            if (Directory.EnumerateFiles(folder, "libgomp*.so*").FirstOrDefault() is { } openMp) OpenMp.Install(NativeLibrary.Load(openMp));
            NativeLibrary.Load(bridge);
        }
        catch (DllNotFoundException e) when (e.Message.Contains(OldLibstdcxxPatch.MissingVersion, StringComparison.Ordinal))
        {
            // A library that is already loaded under this SONAME is what TorchSharp gets when it asks by name.
            MemoryLibrary.Load(Bridge, OldLibstdcxxPatch.Apply(File.ReadAllBytes(bridge)));
            status.Info($"This host's libstdc++ lacks {OldLibstdcxxPatch.MissingVersion}; loaded a corrected image of {Bridge} from memory");
        }
        // What the loader says when it may not take as much memory as the libraries have.
        catch (DllNotFoundException e) when (e.Message.Contains("failed to map segment", StringComparison.Ordinal) || e.Message.Contains("Cannot allocate memory", StringComparison.Ordinal))
        {
            throw new RunException(ExitCode.OutOfMemory, "libtorch does not fit into the memory that this process may take (ulimit -v); give it 4 GB more", e);
        }
        catch (DllNotFoundException e)
        {
            throw new RunException(ExitCode.InternalError, $"libtorch does not load on this host: {e.Message}", e);
        }

        // libtorch's destructors take 0.1 s to give back what ends with the process anyway. The C library calls last what was
        // registered first: this comes before them, and after .NET's own shutdown, which the host waits for before it exits.
        _ = OnExit(NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "_exit"), 0);
    }

    /// <summary>
    /// What <see cref="TensorMemory"/> does not hold, such as the buffers of matrix products, is freed and taken over and over too. By default the
    /// C library gives it back to the kernel, which clears every page of the next one. A user's setting stands.
    /// </summary>
    private static void KeepMemory()
    {
        if (Environment.GetEnvironmentVariable("GLIBC_TUNABLES")?.Contains("glibc.malloc", StringComparison.Ordinal) == true) return;
        const int trimThreshold = -1, topPad = -2, mostMappings = -4;
        _ = SetMallocOption(mostMappings, 0);
        _ = SetMallocOption(trimThreshold, int.MaxValue);
        _ = SetMallocOption(topPad, 16 << 20);
    }

    private static string? FindBridge()
    {
        var folders = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Append(AppContext.BaseDirectory).Select(folder => Path.Combine(folder, Bridge)).FirstOrDefault(File.Exists);
    }

    /// <summary>The C library's environment, which native libraries read; .NET's is a copy of it.</summary>
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetMallocOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "on_exit")]
    private static partial int OnExit(nint handler, nint argument);
}
