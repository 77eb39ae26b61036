using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Inheritune.Trainer.Native;

/// <summary>
/// Memory of large tensors on the host: a stretch of addresses of its own in pages of 2 MiB, of which freed blocks are kept and joined.
/// A training step frees and takes the same tensors over and over. The C library gives each back to the kernel, which clears every page
/// of the next one; told to keep them, it scatters small objects among them, and a third of the memory is holes that fit nothing.
/// </summary>
internal static unsafe partial class TensorMemory
{
    /// <summary>Smaller blocks are the C library's.</summary>
    private const nuint Least = 256 << 10;

    private const nuint Page = 2 << 20;

    /// <summary>Words of a <c>c10::DataPtr</c>: data, deleter and context in the order that libtorch was compiled with, device.</summary>
    private const int PointerWords = 4;

    /// <summary>Functions of a <c>c10::Allocator</c>, with two words in front of the table.</summary>
    private const int TableWords = 10;

    /// <summary>Addresses cost nothing, so holes in them do not matter; who asks for more than this has made a mistake.</summary>
    private static readonly nuint Size = (nuint)Math.Max(64L << 30, 4 * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) / Page * Page;

    private static readonly Lock Gate = new();

    private static readonly BlockMap Blocks = new();

    private static nint _original;
    private static nuint _begin;
    private static int _deleterWord;
    private static nint _device;
    private static delegate* unmanaged<nint, nint, nuint, nint> _allocate;
    private static delegate* unmanaged<nint, void> _delete;

    /// <summary>Bytes that large tensors have; 0 where it is not installed.</summary>
    public static long Taken
    {
        get
        {
            lock (Gate) return (long)Blocks.Taken;
        }
    }

    /// <summary>Makes it libtorch's memory for tensors on the host. Where this libtorch is not built as expected, all stays as it was.</summary>
    /// <param name="library">Handle of c10.</param>
    public static void Install(nint library)
    {
        if (_original != 0
            || !NativeLibrary.TryGetExport(library, "_ZN3c1015GetCPUAllocatorEv", out var get)
            || !NativeLibrary.TryGetExport(library, "_ZN3c1015SetCPUAllocatorEPNS_9AllocatorEh", out var set)
            || !NativeLibrary.TryGetExport(library, "_ZNK3c109Allocator18is_simple_data_ptrERKNS_7DataPtrE", out var isSimple)) return;

        _original = ((delegate* unmanaged<nint>)get)();
        var functions = *(nint**)_original;
        // Destructor in two forms, allocate, is_simple_data_ptr, raw_deleter, copy_data.
        const int allocate = 2, simple = 3, rawDeleter = 4;
        if (functions[simple] != isSimple) return;
        _allocate = (delegate* unmanaged<nint, nint, nuint, nint>)functions[allocate];
        _delete = (delegate* unmanaged<nint, void>)((delegate* unmanaged<nint, nint>)functions[rawDeleter])(_original);

        var example = stackalloc nint[PointerWords];
        _allocate((nint)example, _original, 64);
        _deleterWord = example[1] == (nint)_delete ? 1 : 2;
        _device = example[3];
        if (example[_deleterWord] != (nint)_delete || example[3 - _deleterWord] != example[0]) return;
        _delete(example[0]);

        const int readWrite = 3, privateAnonymousUnreserved = 0x4022, hugePages = 14;
        var begin = Map(0, Size + Page, readWrite, privateAnonymousUnreserved, -1, 0);
        if (begin == -1) return;
        _begin = ((nuint)begin + Page - 1) / Page * Page;
        _ = Advise((nint)_begin, Size, hugePages);
        Blocks.Add(_begin, Size);

        // Never freed: libtorch keeps it for as long as the process lives.
        var table = (nint*)NativeMemory.Alloc(TableWords * (nuint)sizeof(nint));
        new ReadOnlySpan<nint>(functions - 2, TableWords).CopyTo(new Span<nint>(table, TableWords));
        table[2 + allocate] = (nint)(delegate* unmanaged<nint, nint, nuint, nint>)&Allocate;
        table[2 + rawDeleter] = (nint)(delegate* unmanaged<nint, nint>)&RawDeleter;
        var allocator = (nint*)NativeMemory.Alloc((nuint)sizeof(nint));
        *allocator = (nint)(table + 2);
        ((delegate* unmanaged<nint, byte, void>)set)((nint)allocator, byte.MaxValue);
    }

    /// <summary><c>DataPtr Allocator::allocate(size_t)</c>; the result's place is given as the first argument.</summary>
    [UnmanagedCallersOnly]
    private static nint Allocate(nint result, nint self, nuint size)
    {
        if (size < Least) return _allocate(result, _original, size);
        nuint block;
        lock (Gate) block = Blocks.Take(size);
        if (block == 0) End(size);
        var pointer = (nint*)result;
        pointer[0] = pointer[3 - _deleterWord] = (nint)block;
        pointer[_deleterWord] = (nint)(delegate* unmanaged<nint, void>)&Delete;
        pointer[3] = _device;
        return result;
    }

    [UnmanagedCallersOnly]
    private static nint RawDeleter(nint self) => (nint)(delegate* unmanaged<nint, void>)&Delete;

    [UnmanagedCallersOnly]
    private static void Delete(nint data)
    {
        if ((nuint)data - _begin >= Size)
        {
            _delete(data);
            return;
        }

        lock (Gate) Blocks.Give((nuint)data);
    }

    /// <summary>No exception finds its way through libtorch, and libtorch's own none through .NET.</summary>
    [DoesNotReturn]
    private static void End(nuint size)
    {
        Console.Error.WriteLine(FormattableString.Invariant($"error: a tensor of {size / 1e9:F1} GB does not fit into {Size / 1e9:F0} GB, of which {Taken / 1e9:F1} are taken; take a smaller model, spec.training.microBatchSize or sequenceLength"));
        Exit((int)ExitCode.InvalidInput);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    [DoesNotReturn]
    private static partial void Exit(int code);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nuint length, int advice);
}
