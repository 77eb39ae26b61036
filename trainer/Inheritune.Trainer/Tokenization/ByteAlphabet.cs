using System.Text;

namespace Inheritune.Trainer.Tokenization;

/// <summary>
/// GPT-2's printable stand-ins for bytes: printable Latin-1 bytes stand for themselves, the other 68 follow from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    /// <summary>Stand-in of each byte.</summary>
    public static readonly char[] Symbols = BuildSymbols();

    private static readonly Dictionary<char, byte> Bytes =
        Enumerable.Range(0, 256).ToDictionary(value => Symbols[value], value => (byte)value);

    /// <summary>Appends the bytes of a token; characters that stand for no byte (in added tokens) as UTF-8.</summary>
    public static void Append(List<byte> bytes, string token)
    {
        if (token.All(Bytes.ContainsKey)) bytes.AddRange(token.Select(symbol => Bytes[symbol]));
        else bytes.AddRange(Encoding.UTF8.GetBytes(token));
    }

    /// <summary>The stand-ins of a text's UTF-8 bytes.</summary>
    public static string ToSymbols(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var count = Encoding.UTF8.GetBytes(text, bytes);
        return string.Create(count, bytes, static (symbols, bytes) =>
        {
            for (var i = 0; i < symbols.Length; i++) symbols[i] = Symbols[bytes[i]];
        });
    }

    private static char[] BuildSymbols()
    {
        var (symbols, next) = (new char[256], '\u0100');
        for (var value = 0; value < 256; value++)
            symbols[value] = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)value : next++;
        return symbols;
    }
}
