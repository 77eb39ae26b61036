using System.Runtime.InteropServices;

namespace Inheritune.Trainer.Native;

/// <summary>
/// MKL, with which libtorch multiplies matrices. Where another company than Intel made the processor it leaves the widest vectors alone, and a
/// training step takes twice the time. It asks one function of its own who did, through a slot that the dynamic linker fills in later: ours answers in its
/// place, as one that is preloaded would. Which instructions there are it still asks the processor itself.
/// </summary>
internal static unsafe partial class MatrixLibrary
{
    /// <summary>Lets it use what the processor has. Call before the first product: the answer is kept.</summary>
    /// <param name="library">Handle of the library that MKL is linked into, loaded without binding its calls at once.</param>
    public static void Install(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "mkl_serv_intel_cpu_true", out var question) || DescribeLibrary(library, LinkMap.Request, out var map) != 0) return;

        Symbol* symbols = null;
        Relocation* relocations = null;
        nint size = 0;
        for (var entry = (DynamicEntry*)map->Dynamic; entry->Tag != 0; entry++)
        {
            if (entry->Tag == DynamicEntry.Symbols) symbols = (Symbol*)entry->Value;
            else if (entry->Tag == DynamicEntry.CallRelocations) relocations = (Relocation*)entry->Value;
            else if (entry->Tag == DynamicEntry.CallRelocationsSize) size = entry->Value;
        }

        for (var end = (Relocation*)((byte*)relocations + size); relocations < end; relocations++)
        {
            if (map->Base + symbols[relocations->Symbol].Value != question) continue;
            *(delegate* unmanaged<int>*)(map->Base + relocations->Offset) = &Yes;
        }
    }

    [UnmanagedCallersOnly]
    private static int Yes() => 1;

    [LibraryImport("libdl.so.2", EntryPoint = "dlinfo")]
    private static partial int DescribeLibrary(nint library, int request, out LinkMap* map);

    /// <summary><c>struct link_map</c> of dlinfo(3).</summary>
    private readonly record struct LinkMap(nint Base, nint Name, nint Dynamic)
    {
        public const int Request = 2;
    }

    /// <summary><c>Elf64_Dyn</c>; glibc has made its addresses absolute.</summary>
    private readonly record struct DynamicEntry(long Tag, nint Value)
    {
        public const long CallRelocationsSize = 2, Symbols = 6, CallRelocations = 23;
    }

    /// <summary><c>Elf64_Sym</c>.</summary>
    private readonly record struct Symbol(long NameKindAndSection, nint Value, long Size);

    /// <summary><c>Elf64_Rela</c>.</summary>
    private readonly record struct Relocation(nint Offset, uint Type, uint Symbol, nint Addend);
}
