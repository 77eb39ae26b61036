using System.Runtime.InteropServices;

namespace Inheritune.Trainer.Native;

/// <summary>What libtorch and the runtime say of memory and GPUs, in this program's words and codes.</summary>
internal static class DeviceFault
{
    /// <summary>The error as one that a user can do something about, which it may be already; null for a fault of the program.</summary>
    /// <param name="e">The error.</param>
    /// <param name="remedy">What helps where there is not enough memory; may be empty.</param>
    public static RunException? Of(Exception e, string remedy = "") => e switch
    {
        RunException known => known,
        OutOfMemoryException => HostMemory(e, remedy),
        // The host's allocator, and that of C++.
        ExternalException when Says(e, "allocate memory") || Says(e, "bad_alloc") || Says(e, "not enough memory") => HostMemory(e, remedy),
        ExternalException when Says(e, "out of memory") || Says(e, "ALLOC_FAILED") => new(ExitCode.OutOfGpuMemory, $"the GPU ran out of memory; {Or(remedy)}take a GPU with more", e),
        ExternalException when Says(e, "CUDA error") => new(ExitCode.GpuFault, $"the GPU failed: {e.Message.Split('\n')[0]}", e),
        _ => null,
    };

    private static RunException HostMemory(Exception e, string remedy) =>
        new(ExitCode.OutOfMemory, $"the process ran out of memory, by its own limit (ulimit -v), its container's or the machine's; {Or(remedy)}give it more", e);

    private static string Or(string remedy) => remedy.Length > 0 ? $"{remedy}, or " : "";

    private static bool Says(Exception e, string words) => e.Message.Contains(words, StringComparison.OrdinalIgnoreCase);
}
