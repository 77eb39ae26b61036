using System.Globalization;
using System.Text;

namespace Inheritune.Trainer.Tokenization;

/// <summary>SentencePiece with byte-pair encoding, as Llama and Llama 2 have it.</summary>
internal sealed class SentencePieceBpe : ITokenizer
{
    private const char Space = '\u2581';

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly SentencePieceFile _file;
    private readonly SentencePieceMerger _merger;
    private readonly PieceCache _cache;
    private readonly bool _wordsAreIndependent;

    public SentencePieceBpe(SentencePieceFile file, DocumentMarks marks, string digest)
    {
        _file = file;
        _merger = new SentencePieceMerger(file.Pieces);
        _cache = new PieceCache(word => [.. _merger.Encode(word)]);
        // No merge reaches from the end of one word into the space before the next when no piece does.
        _wordsAreIndependent = file.Pieces.Exists(piece => piece.Text is [Space])
            && !file.Pieces.Exists(piece => piece.Text.AsSpan().TrimStart(Space).Contains(Space));
        (BeginOfDocument, EndOfDocument, EndOfText) = marks;
        Digest = digest;
    }

    public int VocabularySize => _file.Pieces.Count;

    public int? BeginOfDocument { get; }

    public int? EndOfDocument { get; }

    public int? EndOfText { get; }

    public string Digest { get; }

    public string Description => string.Create(CultureInfo.InvariantCulture, $"SentencePiece BPE, {VocabularySize:N0} ids");

    public IReadOnlyList<int> Encode(string text)
    {
        if (text.Length == 0) return [];
        var escaped = (_file.AddsDummyPrefix ? Space + text : text).Replace(' ', Space);
        if (!_wordsAreIndependent) return _merger.Encode(escaped);

        var ids = new List<int>(text.Length / 3);
        var start = 0;
        for (var i = 1; i <= escaped.Length; i++)
        {
            if (i < escaped.Length && (escaped[i] != Space || escaped[i - 1] == Space)) continue;
            ids.AddRange(_cache.Get(escaped.AsSpan(start, i - start)));
            start = i;
        }

        return ids;
    }

    /// <summary>A space between two letters: the encoder puts it back in front of the second part.</summary>
    public TextCut? LastCut(ReadOnlySpan<char> text)
    {
        if (!_wordsAreIndependent || !_file.AddsDummyPrefix) return null;
        for (var i = text.Length - 2; i > 0; i--)
            if (text[i] == ' ' && char.IsLetter(text[i - 1]) && char.IsLetter(text[i + 1]))
                return new TextCut(i, i + 1);
        return null;
    }

    /// <summary>As Hugging Face decodes: the dummy prefix is dropped, each byte of a run that is not UTF-8 becomes U+FFFD.</summary>
    public string Decode(IReadOnlyList<int> ids)
    {
        var (text, bytes) = (new StringBuilder(), new List<byte>());
        foreach (var id in ids)
        {
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
        if (_file.AddsDummyPrefix && text.Length > 0 && text[0] == ' ') text.Remove(0, 1);
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
