using System.Text;
using System.Text.RegularExpressions;

namespace Inheritune.Trainer.Evaluation;

/// <summary>Operations on text as Python does them, where .NET differs: white space, lengths and offsets in code points.</summary>
internal static partial class PythonText
{
    /// <summary><c>strip()</c>.</summary>
    public static string Strip(this string text) => text.StripStart().StripEnd();

    /// <summary><c>lstrip()</c>.</summary>
    public static string StripStart(this string text)
    {
        var start = 0;
        while (start < text.Length && IsSpace(text[start])) start++;
        return text[start..];
    }

    /// <summary><c>split()</c>: words between runs of white space.</summary>
    public static string[] Words(this string text) => [.. Spaces().Split(text).Where(word => word.Length > 0)];

    /// <summary><c>len(re.split(r"\s+", text))</c>, which counts the empty pieces at both ends.</summary>
    public static int CountPieces(this string text) => Spaces().Count(text) + 1;

    /// <summary><c>len()</c>.</summary>
    public static int Length(this string text) => text.Length - text.Count(char.IsLowSurrogate);

    /// <summary>Where the code point of number <paramref name="index"/> begins.</summary>
    public static int Offset(this string text, int index)
    {
        var offset = 0;
        for (; index > 0 && offset < text.Length; index--) offset += char.IsHighSurrogate(text[offset]) ? 2 : 1;
        return offset;
    }

    /// <summary><c>capitalize()</c>: the first letter in upper case and all others in lower case.</summary>
    public static string Capitalize(this string text)
    {
        if (text.Length == 0) return text;
        var first = Rune.GetRuneAt(text, 0);
        return Rune.ToUpperInvariant(first) + text[first.Utf16SequenceLength..].ToLowerInvariant();
    }

    private static string StripEnd(this string text)
    {
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1])) end--;
        return text[..end];
    }

    /// <summary>Python counts the four separators U+001C to U+001F as white space.</summary>
    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    [GeneratedRegex(@"[\s\u001c-\u001f]+")]
    private static partial Regex Spaces();
}
