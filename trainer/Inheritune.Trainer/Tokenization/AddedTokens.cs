namespace Inheritune.Trainer.Tokenization;

/// <summary>The tokens that were added to a vocabulary. Text is split at them first, and normalized between them.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<int, AddedToken> _byId;
    private readonly TokenFinder _exact;
    private readonly TokenFinder _normalized;
    private readonly TextNormalizer _normalizer;
    private readonly bool _neverCut;
    private readonly bool _strips;

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
        _strips = found.Any(token => token.StripsLeft || token.StripsRight);
        // A normalized token may be written in several ways; only one of a single word cannot lie across a cut, which stands between words.
        _neverCut = !normalizer.IsIdentity && found.Any(token => token.IsNormalized && (token.StripsRight || token.Text.Any(char.IsWhiteSpace)));
    }

    /// <summary>All tokens, by their ids.</summary>
    public IReadOnlyDictionary<int, AddedToken> ById => _byId;

    /// <summary>The stretches of a text in order; none is empty.</summary>
    public IEnumerable<TextSegment> Split(string text)
    {
        foreach (var outer in Split(text, _exact, isFirst: true, isLast: true))
            if (outer.Token is not null) yield return outer;
            else
                foreach (var inner in Split(_normalizer.Normalize(outer.Text), _normalized, outer.IsFirst, outer.IsLast))
                    yield return inner;
    }

    /// <summary>Whether no added token and no normalization notices a cut, whatever follows the text.</summary>
    public bool AllowsCut(ReadOnlySpan<char> text, int cut) =>
        !_neverCut
        // What follows the text may complete a token.
        && cut + Math.Max(_exact.Longest, _normalized.Longest) <= text.Length
        // White space before a cut may belong to the token that it follows, or with that behind the cut to the next one.
        && !(_strips && char.IsWhiteSpace(text[cut - 1]))
        && !_exact.Touches(text, cut) && !_normalized.Touches(text, cut) && _normalizer.AllowsCut(text, cut);

    /// <summary>Whether normalization leaves a text as it is, so that what is known of its pieces holds.</summary>
    public bool IsNormal(ReadOnlySpan<char> text) => _normalizer.IsIdentity || text.ToString() is var whole && _normalizer.Normalize(whole) == whole;

    /// <summary>The tokens and how they are found, for a digest.</summary>
    public override string ToString() => string.Join('\n', _byId.Values.OrderBy(token => token.Id)) + $"\n{_normalizer}";

    private static IEnumerable<TextSegment> Split(string text, TokenFinder finder, bool isFirst, bool isLast)
    {
        var done = 0;
        foreach (var (start, end, token) in finder.Find(text))
        {
            if (start > done) yield return new TextSegment(text[done..start], null, isFirst && done == 0, IsLast: false);
            yield return new TextSegment(text[start..end], token, isFirst && start == 0, isLast && end == text.Length);
            done = end;
        }

        if (done < text.Length) yield return new TextSegment(done == 0 ? text : text[done..], null, isFirst && done == 0, isLast);
    }
}
