namespace Inheritune.Trainer.Tokenization;

/// <summary>The tokens that were added to a vocabulary. Text is split at them first, and normalized between them.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<int, AddedToken> _byId;
    private readonly TokenFinder _exact;
    private readonly TokenFinder _normalized;
    private readonly TextNormalizer _normalizer;
    private readonly bool _neverCut;

    /// <param name="tokens">The tokens.</param>
    /// <param name="normalizer">What happens to the text between them.</param>
    /// <param name="keepsSpecial">Special tokens in a text are text (<c>split_special_tokens</c>).</param>
    public AddedTokens(IReadOnlyCollection<AddedToken> tokens, TextNormalizer normalizer, bool keepsSpecial)
    {
        _byId = tokens.ToDictionary(token => token.Id, token => token.IsNormalized ? token with { Text = normalizer.Normalize(token.Text) } : token);
        _normalizer = normalizer;
        var found = _byId.Values.Where(token => !(keepsSpecial && token.IsSpecial)).ToArray();
        _exact = new TokenFinder(found.Where(token => !token.IsNormalized));
        _normalized = new TokenFinder(found.Where(token => token.IsNormalized));
        // A normalized token may be written in several ways; only one of a single word cannot lie across a cut, which stands between words.
        _neverCut = !normalizer.IsIdentity && found.Any(token => token.IsNormalized && (token.StripsRight || token.Text.Any(char.IsWhiteSpace)));
    }

    /// <summary>All tokens, by their ids.</summary>
    public IReadOnlyDictionary<int, AddedToken> ById => _byId;

    /// <summary>The stretches of a text in order; none is empty.</summary>
    public IEnumerable<TextSegment> Split(string text)
    {
        foreach (var outer in Split(text, _exact, isFirst: true))
            if (outer.Token is not null) yield return outer;
            else
                foreach (var inner in Split(_normalizer.Normalize(outer.Text), _normalized, outer.IsFirst))
                    yield return inner;
    }

    /// <summary>The last of the cuts that a vocabulary would make at which no added token and no normalization notices it; null when there is none.</summary>
    /// <param name="text">The beginning of a text.</param>
    /// <param name="last">The last cut of a text, as the vocabulary sees it.</param>
    public TextCut? LastCut(ReadOnlySpan<char> text, Func<ReadOnlySpan<char>, TextCut?> last)
    {
        if (_neverCut) return null;
        // What follows the text may complete a token.
        var rest = text[..Math.Max(0, text.Length - Math.Max(_exact.Longest, _normalized.Longest))];
        while (last(rest) is { } cut)
        {
            if (!_exact.Touches(text, cut) && !_normalized.Touches(text, cut) && _normalizer.AllowsCut(text, cut)) return cut;
            rest = rest[..cut.End];
        }

        return null;
    }

    /// <summary>The tokens and how they are found, for a digest.</summary>
    public override string ToString() => string.Join('\n', _byId.Values.OrderBy(token => token.Id)) + $"\n{_normalizer}";

    private static IEnumerable<TextSegment> Split(string text, TokenFinder finder, bool isFirst)
    {
        var done = 0;
        foreach (var (start, end, token) in finder.Find(text))
        {
            if (start > done) yield return new TextSegment(text[done..start], null, isFirst && done == 0);
            yield return new TextSegment(text[start..end], token, isFirst && start == 0);
            done = end;
        }

        if (done < text.Length) yield return new TextSegment(done == 0 ? text : text[done..], null, isFirst && done == 0);
    }
}
