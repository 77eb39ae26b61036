using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Inheritune.Trainer.Native;

/// <summary>Loads a shared object from memory (Linux, memfd_create(2)), so that a read-only root file system is enough.</summary>
internal static partial class MemoryLibrary
{
    public static void Load(string name, ReadOnlySpan<byte> image)
    {
        using var file = new SafeFileHandle(MemfdCreate(name, 0), ownsHandle: true);
        if (file.IsInvalid) throw new Win32Exception(Marshal.GetLastPInvokeError(), $"no anonymous file for {name}");
        RandomAccess.Write(file, image, 0);
        NativeLibrary.Load($"/proc/self/fd/{file.DangerousGetHandle()}");
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MemfdCreate(string name, uint flags);
}
