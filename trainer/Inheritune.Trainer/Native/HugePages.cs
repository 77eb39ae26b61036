using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Native;

/// <summary>
/// Asks Linux for pages of 2 MiB (madvise(2), MADV_HUGEPAGE). A tensor of many megabytes is then filled in half the time: to hand
/// out 512 small pages takes the kernel longer than to write them.
/// </summary>
internal static partial class HugePages
{
    private const long Size = 2 << 20;

    private const int Advice = 14;

    /// <summary>
    /// Prefers huge pages for a new tensor in host memory. Only for those that lie within it, so it takes no more memory than
    /// before; a system that has none goes on with small ones.
    /// </summary>
    public static unsafe void Prefer(Tensor tensor)
    {
        var bytes = tensor.NumberOfElements * tensor.ElementSize;
        if (bytes < 2 * Size || tensor.device_type != DeviceType.CPU || !OperatingSystem.IsLinux()) return;

        // A view of one element, because a span cannot hold more than 2 GB.
        using var flat = tensor.detach().view(-1);
        using var first = flat.narrow(0, 0, 1);
        fixed (byte* pointer = first.bytes)
        {
            var (start, end) = ((long)pointer, (long)pointer + bytes);
            var (from, to) = ((start + Size - 1) / Size * Size, end / Size * Size);
            _ = Advise((nint)from, (nint)(to - from), Advice);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nint length, int advice);
}
