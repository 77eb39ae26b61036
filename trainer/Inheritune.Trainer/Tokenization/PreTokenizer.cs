using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Inheritune.Trainer.Tokenization;

/// <summary>
/// Splits text into the pieces within which byte pairs are merged. .NET's expressions see UTF-16 units and take each half
/// of a letter above U+FFFF for a symbol, where the models' own tokenizers see one letter; such text is matched on a
/// shadow that has one unit of the same Unicode category per code point.
/// </summary>
public sealed partial class PreTokenizer
{
    /// <summary>GPT-2's pattern, which is also the default of Hugging Face's <c>ByteLevel</c>.</summary>
    public static readonly PreTokenizer Gpt2 = new("GPT-2", Gpt2Regex());

    /// <summary>Llama 3's pattern: numbers in groups of up to three digits, line breaks kept with punctuation.</summary>
    public static readonly PreTokenizer Llama3 = new("Llama 3", Llama3Regex());

    /// <summary>Qwen 2's pattern: Llama 3's with single digits.</summary>
    public static readonly PreTokenizer Qwen2 = new("Qwen 2", Qwen2Regex());

    /// <summary>GPT-2's pattern after <c>Digits</c> has isolated every digit, as SmolLM and StarCoder have it.</summary>
    public static readonly PreTokenizer IsolatedDigits = new("GPT-2 with single digits", IsolatedDigitsRegex());

    /// <summary>The patterns as they stand in a <c>tokenizer.json</c>.</summary>
    private static readonly Dictionary<string, PreTokenizer> ByPattern = new(StringComparer.Ordinal)
    {
        [Gpt2Pattern] = Gpt2,
        [@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"] = Gpt2,
        [Llama3Pattern] = Llama3,
        [Qwen2Pattern] = Qwen2,
    };

    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Llama3Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    // A digit ends the piece that Digits hands on, so white space before it looks like white space at the end.
    private const string IsolatedDigitsPattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+";

    private const int LongestContraction = 3;

    private readonly Regex _regex;

    private PreTokenizer(string name, Regex regex) => (Name, _regex) = (name, regex);

    /// <summary>Name for people.</summary>
    public string Name { get; }

    /// <summary>The splitter whose pattern is written like this, or null.</summary>
    public static PreTokenizer? Find(string pattern) => ByPattern.GetValueOrDefault(pattern);

    /// <summary>
    /// The last place before a space or line break that follows a letter or number. All patterns end a piece there, none
    /// looks further ahead from a letter or number, and none looks back.
    /// </summary>
    internal static int? LastCutBetweenWords(ReadOnlySpan<char> text, CutFilter allows)
    {
        for (var i = text.Length - 1; i > 0; i--)
            if (text[i] is ' ' or '\n' && (char.IsLetter(text[i - 1]) || char.IsNumber(text[i - 1])) && allows(text, i))
                return i;
        return null;
    }

    /// <summary>The last place where a piece ends, whatever follows the text.</summary>
    internal int? LastCut(ReadOnlySpan<char> text, CutFilter allows)
    {
        // Pieces are as they will be when three characters follow, as long as a contraction, and no white space that goes on;
        // white space at the end of a part would not know what follows it.
        var (limit, end, ends) = (text.TrimEnd().Length - LongestContraction, 0, new List<int>());
        Split(text, piece =>
        {
            end += piece.Length;
            if (end <= limit && !char.IsWhiteSpace(piece[^1])) ends.Add(end);
        });
        for (var i = ends.Count - 1; i >= 0; i--)
            if (allows(text, ends[i]))
                return ends[i];
        return null;
    }

    /// <summary>Calls <paramref name="visit"/> with every piece in order.</summary>
    public void Split(ReadOnlySpan<char> text, PieceVisitor visit)
    {
        if (!text.ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            foreach (var match in _regex.EnumerateMatches(text)) visit(text.Slice(match.Index, match.Length));
            return;
        }

        var shadow = new char[text.Length];
        var starts = new int[text.Length + 1];
        var (count, position) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            shadow[count] = rune.IsBmp ? (char)rune.Value : StandIn(Rune.GetUnicodeCategory(rune));
            starts[count++] = position;
            position += rune.Utf16SequenceLength;
        }

        starts[count] = position;
        foreach (var match in _regex.EnumerateMatches(shadow.AsSpan(0, count)))
            visit(text[starts[match.Index]..starts[match.Index + match.Length]]);
    }

    private static char StandIn(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => 'Ж',
        UnicodeCategory.LowercaseLetter => 'ж',
        UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => '字',
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => '²',
        _ => '☃',
    };

    [GeneratedRegex(Gpt2Pattern, RegexOptions.CultureInvariant)]
    private static partial Regex Gpt2Regex();

    [GeneratedRegex(Llama3Pattern, RegexOptions.CultureInvariant)]
    private static partial Regex Llama3Regex();

    [GeneratedRegex(Qwen2Pattern, RegexOptions.CultureInvariant)]
    private static partial Regex Qwen2Regex();

    [GeneratedRegex(IsolatedDigitsPattern, RegexOptions.CultureInvariant)]
    private static partial Regex IsolatedDigitsRegex();
}
