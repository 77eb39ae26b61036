using System.Globalization;
using System.Text;

namespace Inheritune.Trainer.Tokenization;

/// <summary>SentencePiece with byte-pair encoding, as Llama and Llama 2 have it.</summary>
internal sealed class SentencePieceBpe : VocabularyTokenizer
{
    private const char Space = '\u2581';

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly SentencePieceFile _file;
    private readonly SentencePieceMerger _merger;
    private readonly PieceCache _cache;
    private readonly bool _wordsAreIndependent;

    private readonly bool _addsPrefix;
    private readonly bool _addsPrefixToAll;

    /// <param name="file">The pieces.</param>
    /// <param name="parts">What the files beside it say.</param>
    /// <param name="addsPrefix">A space is put in front of a text.</param>
    /// <param name="addsPrefixToAll">Also of what follows an added token (<c>legacy</c>).</param>
    public SentencePieceBpe(SentencePieceFile file, TokenizerParts parts, bool addsPrefix, bool addsPrefixToAll)
        : base(parts, file.Pieces.Count)
    {
        _file = file;
        (_addsPrefix, _addsPrefixToAll) = (addsPrefix, addsPrefix && addsPrefixToAll);
        _merger = new SentencePieceMerger(file.Pieces);
        _cache = new PieceCache(word => [.. _merger.Encode(word)]);
        // No merge reaches from the end of one word into the space before the next when no piece does.
        _wordsAreIndependent = file.Pieces.Exists(piece => piece.Text is [Space])
            && !file.Pieces.Exists(piece => piece.Text.AsSpan().TrimStart(Space).Contains(Space));
    }

    public override string Description => string.Create(CultureInfo.InvariantCulture, $"SentencePiece BPE, {VocabularySize:N0} ids");

    protected override void Encode(string text, bool isFirst, List<int> ids)
    {
        var prefix = isFirst ? _addsPrefix : _addsPrefixToAll && text[0] is not (' ' or Space);
        var escaped = (prefix ? Space + text : text).Replace(' ', Space);
        if (!_wordsAreIndependent)
        {
            ids.AddRange(_merger.Encode(escaped));
            return;
        }

        var start = 0;
        for (var i = 1; i <= escaped.Length; i++)
        {
            if (i < escaped.Length && (escaped[i] != Space || escaped[i - 1] == Space)) continue;
            ids.AddRange(_cache.Get(escaped.AsSpan(start, i - start)));
            start = i;
        }
    }

    /// <summary>A space between two letters; where the encoder puts one in front of a text, that of the second part.</summary>
    protected override TextCut? LastCutBetweenTokens(ReadOnlySpan<char> text)
    {
        if (!_wordsAreIndependent) return null;
        for (var i = text.Length - 2; i > 0; i--)
            if (text[i] == ' ' && char.IsLetter(text[i - 1]) && char.IsLetter(text[i + 1]))
                return new TextCut(i, _addsPrefix ? i + 1 : i);
        return null;
    }

    /// <summary>As Hugging Face decodes: the dummy prefix is dropped, each byte of a run that is not UTF-8 becomes U+FFFD.</summary>
    public override string Decode(IReadOnlyList<int> ids)
    {
        var (text, bytes) = (new StringBuilder(), new List<byte>());
        foreach (var id in ids)
        {
            if (Added.ById.TryGetValue(id, out var token))
            {
                if (token.IsSpecial) continue;
                AppendBytes(text, bytes);
                text.Append(token.Text);
                continue;
            }

            if (id < 0 || id >= _file.Pieces.Count) continue;
            var piece = _file.Pieces[id];
            if (piece.Type == SentencePieceType.Byte)
            {
                bytes.Add(byte.Parse(piece.Text.AsSpan(3, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                continue;
            }

            AppendBytes(text, bytes);
            if (piece.Type is SentencePieceType.Normal or SentencePieceType.UserDefined) text.Append(piece.Text.Replace(Space, ' '));
        }

        AppendBytes(text, bytes);
        if (_addsPrefix && text.Length > 0 && text[0] == ' ') text.Remove(0, 1);
        return text.ToString();
    }

    private static void AppendBytes(StringBuilder text, List<byte> bytes)
    {
        if (bytes.Count == 0) return;
        try
        {
            text.Append(StrictUtf8.GetString([.. bytes]));
        }
        catch (DecoderFallbackException)
        {
            text.Append('\uFFFD', bytes.Count);
        }

        bytes.Clear();
    }
}
