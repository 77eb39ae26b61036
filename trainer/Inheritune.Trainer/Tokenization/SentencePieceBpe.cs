using System.Globalization;
using System.Text;

namespace Inheritune.Trainer.Tokenization;

/// <summary>SentencePiece with byte-pair encoding, as Llama and Llama 2 have it.</summary>
internal sealed class SentencePieceBpe : VocabularyTokenizer
{
    private const char EscapedSpace = '\u2581';

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly SentencePieceFile _file;
    private readonly SentencePieceNormalizer _normalizer;
    private readonly SentencePieceMerger _merger;
    private readonly PieceCache _cache;
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
        var userDefined = new UserDefinedPieces(file.Pieces);
        _normalizer = new SentencePieceNormalizer(file, userDefined);
        _merger = new SentencePieceMerger(file.Pieces, userDefined);
        _cache = new PieceCache(_merger.Encode);
    }

    public override string Description => string.Create(CultureInfo.InvariantCulture, $"SentencePiece BPE, {VocabularySize:N0} ids");

    /// <summary>Between two characters that no piece joins; not behind a space where the next one would be superfluous.</summary>
    public override int? LastCut(ReadOnlySpan<char> text, CancellationToken cancellation)
    {
        using var normalized = new NormalizedText(text.Length);
        _normalizer.NormalizeSure(text, normalized, cancellation);
        var characters = normalized.Characters;
        var origins = normalized.Origins;
        for (var i = characters.Length - 1; i > 0; i--)
            if (origins[i] > 0 && !(_file.RemovesExtraSpaces && characters[i - 1] == _normalizer.Space)
                && _merger.AreApart(characters[i - 1], characters[i]) && Added.AllowsCut(text, origins[i]))
                return origins[i];
        return null;
    }

    /// <summary>
    /// As SentencePiece decodes: the dummy prefix is dropped, with extra spaces removed every one at the beginning. But as Hugging
    /// Face has it, each byte of a run that is not UTF-8 becomes U+FFFD, and unknown pieces are left out.
    /// </summary>
    public override string Decode(IReadOnlyList<int> ids)
    {
        var (text, bytes, begins) = (new StringBuilder(), new List<byte>(), _addsPrefix || _file.RemovesExtraSpaces);
        foreach (var id in ids)
        {
            if (Added.ById.TryGetValue(id, out var token))
            {
                if (!token.IsSpecial) Append(token.Text);
                continue;
            }

            if (id < 0 || id >= _file.Pieces.Count) continue;
            var piece = _file.Pieces[id];
            if (piece.Type == SentencePieceType.Byte)
                bytes.Add(byte.Parse(piece.Text.AsSpan(3, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            else
                Append(piece.Type is SentencePieceType.Normal or SentencePieceType.UserDefined ? piece.Text.Replace(EscapedSpace, ' ') : "");
        }

        AppendBytes(text, bytes);
        return text.ToString();

        void Append(string piece)
        {
            AppendBytes(text, bytes);
            var isPrefix = begins && text.Length == 0 && piece is [' ', ..];
            if (isPrefix) begins = _file.RemovesExtraSpaces;
            text.Append(piece.AsSpan(isPrefix ? 1 : 0));
        }
    }

    protected override void Encode(string text, TextPart part, bool isFirst, List<int> ids, CancellationToken cancellation)
    {
        var addsDummy = _file.SpaceIsSuffix ? _addsPrefix : isFirst ? _addsPrefix : _addsPrefixToAll && text[0] is not (' ' or EscapedSpace);
        using var normalized = new NormalizedText(text.Length + 1);
        _normalizer.Normalize(text, part, addsDummy, normalized, cancellation);
        var characters = normalized.Characters;
        var start = 0;
        for (var i = 1; i <= characters.Length; i++)
        {
            if (i < characters.Length && !_merger.AreApart(characters[i - 1], characters[i])) continue;
            cancellation.ThrowIfCancellationRequested();
            ids.AddRange(_cache.Get(characters[start..i], cancellation));
            start = i;
        }
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
