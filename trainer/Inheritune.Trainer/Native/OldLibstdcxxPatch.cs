using System.Buffers.Binary;
using System.Text;

namespace Inheritune.Trainer.Native;

/// <summary>
/// Makes a shared object that was linked against GCC 13's libstdc++ loadable with an older one, when the only thing it
/// needs from the newer version is <c>std::ios_base_library_init()</c>.
/// </summary>
/// <remarks>
/// That symbol is new in GLIBCXX_3.4.32: with GCC 13 each translation unit that includes iostream calls it in its
/// initialiser, where older versions carried a static <c>ios_base::Init</c>. The older libstdc++ initialises its streams
/// by itself when it is loaded, so the call has nothing to do. The patch changes two records of the ELF image: the undefined
/// symbol takes the name of a function without arguments or effects that the object itself exports, and the version
/// requirement is marked weak, which the dynamic linker does not insist on.
/// </remarks>
public static class OldLibstdcxxPatch
{
    /// <summary>The symbol version that libstdc++ before GCC 13 lacks.</summary>
    public const string MissingVersion = "GLIBCXX_3.4.32";

    private const string MissingSymbol = "_ZSt21ios_base_library_initv";
    private const string HarmlessExport = "THSAutograd_isGradEnabled";

    private const int SymbolSize = 24;
    private const int SectionHeaderSize = 64;
    private const ushort WeakVersion = 0x2;
    private const ushort GlobalVersion = 1;

    /// <summary>Returns a patched copy of a 64-bit little-endian ELF shared object.</summary>
    /// <exception cref="InvalidDataException">The image is not what the patch was made for.</exception>
    public static byte[] Apply(ReadOnlySpan<byte> image)
    {
        if (image.Length < 64 || !image[..6].SequenceEqual<byte>([0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            throw new InvalidDataException("not a 64-bit little-endian ELF image");

        try
        {
            return Patch(image.ToArray());
        }
        catch (Exception e) when (e is KeyNotFoundException or ArgumentException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("the ELF image is truncated or is no dynamic library with symbol versions", e);
        }
    }

    private static byte[] Patch(byte[] elf)
    {
        var sections = ReadSections(elf);
        var (symbols, symbolsSize) = sections[".dynsym"];
        var names = sections[".dynstr"].Offset;
        var versions = sections[".gnu.version"].Offset;

        int? missing = null, harmless = null;
        for (var i = 0; i < symbolsSize / SymbolSize; i++)
        {
            var name = ReadName(elf, names + UInt32At(elf, symbols + i * SymbolSize));
            if (name == MissingSymbol) missing = i;
            if (name == HarmlessExport) harmless = i;
        }

        if (missing is not { } from || harmless is not { } to) throw new InvalidDataException($"{MissingSymbol} or {HarmlessExport} is not in the symbol table");

        elf.AsSpan(symbols + to * SymbolSize, 4).CopyTo(elf.AsSpan(symbols + from * SymbolSize, 4));
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(versions + from * 2), GlobalVersion);
        if (!WeakenVersion(elf, sections[".gnu.version_r"].Offset, names)) throw new InvalidDataException($"{MissingVersion} is not required");
        return elf;
    }

    /// <summary>Walks the Verneed and Vernaux records (System V ABI, symbol versioning) and marks one version as weak.</summary>
    private static bool WeakenVersion(byte[] elf, int need, int names)
    {
        while (true)
        {
            var count = UInt16At(elf, need + 2);
            var entry = need + (int)UInt32At(elf, need + 8);
            for (var i = 0; i < count; i++)
            {
                if (ReadName(elf, names + UInt32At(elf, entry + 8)) == MissingVersion)
                {
                    var flags = UInt16At(elf, entry + 4);
                    BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(entry + 4), (ushort)(flags | WeakVersion));
                    return true;
                }

                entry += (int)UInt32At(elf, entry + 12);
            }

            var next = (int)UInt32At(elf, need + 12);
            if (next == 0) return false;
            need += next;
        }
    }

    private static Dictionary<string, (int Offset, int Size)> ReadSections(byte[] elf)
    {
        var table = (int)BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(0x28));
        var count = UInt16At(elf, 0x3C);
        var nameSection = UInt16At(elf, 0x3E);
        var names = Offset(nameSection);
        return Enumerable.Range(0, count)
            .ToLookup(i => ReadName(elf, names + UInt32At(elf, table + i * SectionHeaderSize)), i => (Offset(i), Size(i)))
            .ToDictionary(group => group.Key, group => group.First());

        int Offset(int i) => (int)BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(table + i * SectionHeaderSize + 0x18));
        int Size(int i) => (int)BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(table + i * SectionHeaderSize + 0x20));
    }

    private static string ReadName(byte[] elf, long offset)
    {
        var text = elf.AsSpan((int)offset);
        return Encoding.ASCII.GetString(text[..text.IndexOf((byte)0)]);
    }

    private static ushort UInt16At(byte[] elf, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(offset));

    private static uint UInt32At(byte[] elf, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(offset));
}
