namespace Inheritune.Trainer.Tokenization;

/// <summary>A vocabulary with the tokens that were added to it and the marks of documents.</summary>
internal abstract class VocabularyTokenizer : ITokenizer
{
    private readonly string _location;
    private readonly int _rows;

    /// <param name="parts">What the files beside the vocabulary say.</param>
    /// <param name="vocabularySize">One more than the highest id of the vocabulary itself.</param>
    protected VocabularyTokenizer(TokenizerParts parts, int vocabularySize)
    {
        (_location, Added, _rows) = (parts.Location, parts.Added, parts.ModelVocabularySize);
        (BeginOfDocument, EndOfDocument, EndOfText) = parts.Marks;
        Digest = parts.Digest;
        VocabularySize = Math.Max(vocabularySize, Added.ById.Keys.Where(id => id < _rows).Select(id => id + 1).DefaultIfEmpty().Max());
    }

    public int VocabularySize { get; }

    public int? BeginOfDocument { get; }

    public int? EndOfDocument { get; }

    public int? EndOfText { get; }

    public string Digest { get; }

    public abstract string Description { get; }

    protected AddedTokens Added { get; }

    public IReadOnlyList<int> Encode(ReadOnlySpan<char> text, TextPart part, CancellationToken cancellation)
    {
        var ids = new List<int>(text.Length / 3);
        foreach (var (segment, token, isFirst, isLast) in Added.Split(text.ToString()))
            if (token is null) Encode(segment, new TextPart(part.Begins || !isFirst, part.Ends || !isLast), part.Begins && isFirst, ids, cancellation);
            else ids.Add(token.Id < VocabularySize ? token.Id : throw Beyond(token));
        return ids;
    }

    public abstract int? LastCut(ReadOnlySpan<char> text, CancellationToken cancellation);

    public abstract string Decode(IReadOnlyList<int> ids);

    /// <summary>Appends the ids of text that holds no added token.</summary>
    /// <param name="text">The text, normalized; not empty.</param>
    /// <param name="part">Where it stands between added tokens and the ends of the document.</param>
    /// <param name="isFirst">Nothing stands before it.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="cancellation">Ends it.</param>
    protected abstract void Encode(string text, TextPart part, bool isFirst, List<int> ids, CancellationToken cancellation);

    private RunException Beyond(AddedToken token) => RunException.Invalid(_location, token.Text,
        $"is a token with id {token.Id}, for which the model has no row (it has {_rows}), and it stands in the text; remove it there, or take a model that knows it");
}
