using System.Runtime.InteropServices;
using System.Text;

namespace Inheritune.Trainer.Tokenization;

/// <summary>
/// Neighbouring characters that some token holds both, wholly or in part. Between two others no merge ever reaches, so that even
/// a run of letters without an end, such as Chinese without punctuation, can be cut there.
/// </summary>
internal sealed class TokenBoundaries
{
    private const int MostLooked = 1 << 16;

    private readonly HashSet<ulong> _held = [];
    private readonly int _margin = 4;

    /// <param name="tokens">Tokens of bytes, as <see cref="ByteAlphabet"/> writes them.</param>
    public TokenBoundaries(IEnumerable<string> tokens)
    {
        var list = new List<byte>();
        foreach (var token in tokens)
        {
            list.Clear();
            ByteAlphabet.Append(list, token);
            var bytes = CollectionsMarshal.AsSpan(list);
            _margin = Math.Max(_margin, bytes.Length + 1);
            for (var (start, i) = (0, 1); i < bytes.Length; i++)
            {
                if (IsInner(bytes[i])) continue;
                var end = i + 1;
                while (end < bytes.Length && IsInner(bytes[end])) end++;
                _held.Add(Key(bytes[start..i], bytes[i..end]));
                start = i;
            }
        }
    }

    /// <summary>
    /// The last such place within a run of letters. More letters than the longest token has bytes stand on both sides, so that no
    /// part is a token, which some models take whole without merging, and none begins within a contraction.
    /// </summary>
    public int? LastCut(ReadOnlySpan<char> text, CutFilter allows)
    {
        var run = 0;
        for (var i = text.Length - 1; i >= Math.Max(0, text.Length - MostLooked); i--)
        {
            run = char.IsLetter(text[i]) ? run + 1 : 0;
            var cut = i + _margin;
            if (run >= 2 * _margin && !IsHeld(text[cut - 1], text[cut]) && allows(text, cut)) return cut;
        }

        return null;
    }

    /// <summary>A token may begin within the left character, and end within the right one.</summary>
    private bool IsHeld(char left, char right)
    {
        Span<byte> before = stackalloc byte[3], after = stackalloc byte[3];
        before = before[..Encoding.UTF8.GetBytes([left], before)];
        after = after[..Encoding.UTF8.GetBytes([right], after)];
        for (var start = 0; start < before.Length; start++)
            for (var end = 1; end <= after.Length; end++)
                if (_held.Contains(Key(before[start..], after[..end])))
                    return true;
        return false;
    }

    private static ulong Key(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => ((ulong)Number(left) << 32) | Number(right);

    private static uint Number(ReadOnlySpan<byte> bytes)
    {
        var number = 0U;
        foreach (var value in bytes) number = (number << 8) | value;
        return number;
    }

    private static bool IsInner(byte value) => (value & 0xC0) == 0x80;
}
