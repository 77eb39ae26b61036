using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Inheritune.Trainer.Tokenization;

/// <summary>
/// SentencePiece's <c>precompiled_charsmap</c>: rules from one or more characters to others, such as those of NFKC. A double-array
/// trie (darts-clone) over UTF-8 leads to offsets in a block of zero-terminated replacements.
/// </summary>
internal sealed class CharacterMap
{
    private const uint IsValue = 1U << 31;
    private const uint LabelMask = IsValue | 0xFF;
    private const uint HasLeaf = 1U << 8;
    private const uint WideOffset = 1U << 9;

    private readonly uint[] _units;
    private readonly byte[] _replacements;
    private readonly ConcurrentDictionary<int, string> _texts = [];

    /// <exception cref="FormatException">The table is cut short.</exception>
    public CharacterMap(ReadOnlySpan<byte> table)
    {
        var size = table.Length < sizeof(uint) ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(table);
        if (size == 0 || size % sizeof(uint) != 0 || size > table.Length - sizeof(uint)) throw new FormatException("its table of characters is cut short");
        _units = MemoryMarshal.Cast<byte, uint>(table.Slice(sizeof(uint), (int)size)).ToArray();
        _replacements = table[(sizeof(uint) + (int)size)..].ToArray();
    }

    /// <summary>The longest rule for what the text begins with.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">Characters that the rule replaces; 0: there is none.</param>
    /// <param name="isOpen">More text could make a longer rule hold.</param>
    /// <returns>The replacement.</returns>
    public string Match(ReadOnlySpan<char> text, out int length, out bool isOpen)
    {
        (length, isOpen) = (0, false);
        var (node, replacement) = (Offset(_units[0]), "");
        Span<byte> utf8 = stackalloc byte[4];
        for (var position = 0; position < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text[position..], out var rune, out var consumed) == OperationStatus.NeedMoreData) break;
            var unit = 0U;
            foreach (var value in utf8[..rune.EncodeToUtf8(utf8)])
            {
                unit = Unit(node ^ value);
                if ((unit & LabelMask) != value) return replacement;
                node ^= value ^ Offset(unit);
            }

            position += consumed;
            if ((unit & HasLeaf) == 0) continue;
            (length, replacement) = (position, _texts.GetOrAdd((int)(Unit(node) & ~IsValue), Replacement));
        }

        isOpen = true;
        return replacement;
    }

    private string Replacement(int offset)
    {
        var rest = offset < _replacements.Length ? _replacements.AsSpan(offset) : [];
        var end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    // What is damaged leads nowhere.
    private uint Unit(uint node) => node < _units.Length ? _units[node] : IsValue;

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & WideOffset) >> 6);
}
