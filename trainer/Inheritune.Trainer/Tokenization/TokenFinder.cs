using System.Buffers;
using System.Globalization;
using System.Text;

namespace Inheritune.Trainer.Tokenization;

/// <summary>Finds added tokens in a text as Hugging Face's <c>tokenizers</c> does: the leftmost, and of those the longest.</summary>
internal sealed class TokenFinder
{
    private readonly AddedToken[] _tokens;
    private readonly SearchValues<string> _search;

    public TokenFinder(IEnumerable<AddedToken> tokens)
    {
        _tokens = [.. tokens.OrderByDescending(token => token.Text.Length)];
        _search = SearchValues.Create([.. _tokens.Select(token => token.Text)], StringComparison.Ordinal);
    }

    /// <summary>Length of the longest one.</summary>
    public int Longest => _tokens.Length > 0 ? _tokens[0].Text.Length : 0;

    /// <summary>The tokens in the text with the white space that belongs to them, in order.</summary>
    public IEnumerable<(int Start, int End, AddedToken Token)> Find(string text)
    {
        if (_tokens.Length == 0) yield break;
        var (done, position) = (0, 0);
        while (text.AsSpan(position).IndexOfAny(_search) is var found and >= 0)
        {
            var start = position + found;
            var token = Array.Find(_tokens, token => string.CompareOrdinal(text, start, token.Text, 0, token.Text.Length) == 0)!;
            var end = position = start + token.Text.Length;
            if (token.IsWord && (EndsWithWord(text.AsSpan(0, start)) || BeginsWithWord(text.AsSpan(end)))) continue;
            if (token.StripsLeft) start = text.AsSpan(0, start).TrimEnd().Length;
            if (token.StripsRight) end = text.Length - text.AsSpan(end).TrimStart().Length;
            yield return (Math.Max(start, done), end, token);
            done = end;
        }
    }

    /// <summary>Whether a token may lie across a cut of the text, or touch it.</summary>
    public bool Touches(ReadOnlySpan<char> text, int cut)
    {
        for (var start = Math.Max(0, cut - Longest); start <= cut; start++)
            foreach (var token in _tokens)
                if (start + token.Text.Length >= cut && text[start..].StartsWith(token.Text, StringComparison.Ordinal))
                    return true;
        return false;
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) => Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool BeginsWithWord(ReadOnlySpan<char> text) => Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

    /// <summary>Whether a character is part of a word, as Rust's <c>\w</c> has it.</summary>
    private static bool IsWord(Rune rune) => Rune.IsLetter(rune) || rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;
}
