using System.Globalization;
using System.Text;
using System.Text.Json;
using HarfBuzzSharp;

namespace Inheritune.Trainer.Tokenization;

/// <summary>
/// Unicode's canonical normalization, which .NET leaves out where it has no ICU. HarfBuzz, which comes with the plots, knows
/// how characters are composed and decomposed, but not their compatibility forms, so that NFKC and NFKD are not here. The result is
/// that of Hugging Face's <c>tokenizers</c>, but for some 120 rare marks that came to Unicode after the tables there.
/// </summary>
internal sealed class TextNormalizer
{
    /// <summary>Leaves text as it is.</summary>
    public static readonly TextNormalizer Identity = new([]);

    // Below, nothing is composed with what stands before it, and NFC leaves each letter as it is.
    private const char FirstMark = '\u0300';

    /// <summary>In order, whether each step composes (NFC) or decomposes (NFD).</summary>
    private readonly bool[] _steps;

    private TextNormalizer(bool[] steps) => _steps = steps;

    public bool IsIdentity => _steps.Length == 0;

    /// <summary>Reads the <c>normalizer</c> of a <c>tokenizer.json</c>.</summary>
    /// <exception cref="UnsupportedTokenizerException">It does something else.</exception>
    public static TextNormalizer Parse(JsonElement normalizer) => normalizer.ValueKind == JsonValueKind.Null ? Identity : new([.. Steps(normalizer)]);

    public string Normalize(string text) => _steps.Aggregate(text, Apply);

    /// <summary>Whether both parts of a text may be normalized by themselves, and are cut there in the same way.</summary>
    public bool AllowsCut(ReadOnlySpan<char> text, int cut)
    {
        if (IsIdentity || text[cut - 1] < '\u0080' && text[cut] < '\u0080') return true;
        _ = Rune.DecodeLastFromUtf16(text[..cut], out var before, out _);
        _ = Rune.DecodeFromUtf16(text[cut..], out var after, out _);
        var end = Normalize(before.ToString());
        _ = Rune.DecodeLastFromUtf16(end, out var last, out _);
        _ = Rune.DecodeFromUtf16(Normalize(after.ToString()), out var first, out _);
        return Rune.GetUnicodeCategory(last) == Rune.GetUnicodeCategory(before) && !JoinsWhatIsBefore(after) && !JoinsWhatIsBefore(first);
    }

    public override string ToString() => string.Join(", ", _steps.Select(composes => composes ? "NFC" : "NFD"));

    private static IEnumerable<bool> Steps(JsonElement normalizer) => normalizer.GetProperty("type").GetString() switch
    {
        "NFC" => [true],
        "NFD" => [false],
        "Sequence" => normalizer.GetProperty("normalizers").EnumerateArray().SelectMany(Steps),
        var other => throw new UnsupportedTokenizerException($"has the normalizer {other}, which is not supported; supported are NFC and NFD, alone or in a Sequence. Use a model with such a tokenizer"),
    };

    private static string Apply(string text, bool composes)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', composes ? (char)(FirstMark - 1) : '\u007F')) return text;
        var runes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes()) Decompose(rune.Value, runes);
        Order(runes);
        if (composes) Compose(runes);
        var result = new StringBuilder(text.Length);
        foreach (var rune in runes) result.Append(new Rune(rune));
        return result.ToString();
    }

    private static void Decompose(int rune, List<int> runes)
    {
        if (rune < 0x80 || !Characters.All.TryDecompose(rune, out var first, out var second))
        {
            runes.Add(rune);
            return;
        }

        Decompose(first, runes);
        if (second != 0) Decompose(second, runes);
    }

    /// <summary>Sorts each run of marks by their class; marks of one class keep their order.</summary>
    private static void Order(List<int> runes)
    {
        for (var (i, start) = (0, 0); i <= runes.Count; i++)
        {
            if (i < runes.Count && Class(runes[i]) > 0) continue;
            if (i - start > 1)
            {
                var sorted = runes.GetRange(start, i - start).OrderBy(Class).ToArray();
                for (var j = 0; j < sorted.Length; j++) runes[start + j] = sorted[j];
            }

            start = i + 1;
        }
    }

    private static void Compose(List<int> runes)
    {
        var (starter, count, lastClass) = (-1, 0, 0);
        foreach (var rune in runes.ToArray())
        {
            var own = Class(rune);
            // Blocked is a mark that follows one of its own class, or one that stands apart.
            var reaches = starter >= 0 && (count == starter + 1 || lastClass > 0 && lastClass < own);
            if (reaches && Characters.All.TryCompose(runes[starter], rune, out var composed))
            {
                runes[starter] = composed;
                continue;
            }

            if (own == 0) starter = count;
            lastClass = own;
            runes[count++] = rune;
        }

        runes.RemoveRange(count, runes.Count - count);
    }

    private static int Class(int rune) => rune < FirstMark ? 0 : (int)Characters.All.GetCombiningClass(rune);

    /// <summary>Marks, and the vowels and final consonants of Korean syllables.</summary>
    private static bool JoinsWhatIsBefore(Rune rune) => rune.Value is >= 0x1160 and <= 0x11FF
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    /// <summary>Loads HarfBuzz when it is first asked.</summary>
    private static class Characters
    {
        public static readonly UnicodeFunctions All = UnicodeFunctions.Default;
    }
}
