using System.Buffers;
using System.Text;

namespace Inheritune.Trainer.Tokenization;

/// <summary>SentencePiece's normalization: the table of characters, superfluous spaces, the dummy one, and U+2581 in place of spaces.</summary>
/// <param name="file">The model.</param>
/// <param name="userDefined">What is not normalized.</param>
internal sealed class SentencePieceNormalizer(SentencePieceFile file, UserDefinedPieces userDefined)
{
    private const int CheckEvery = 1 << 16;

    private readonly CharacterMap? _map = file.CharacterMap.Length > 0 ? new CharacterMap(file.CharacterMap) : null;

    /// <summary>What a space is in a piece.</summary>
    public char Space { get; } = file.EscapesSpaces ? '\u2581' : ' ';

    /// <param name="text">The text.</param>
    /// <param name="part">Where it stands.</param>
    /// <param name="addsDummy">A space is added at its beginning, or end.</param>
    /// <param name="result">Receives the normalized text.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Normalize(ReadOnlySpan<char> text, TextPart part, bool addsDummy, NormalizedText result, CancellationToken cancellation)
    {
        var position = 0;
        if (part.Begins)
        {
            if (file.RemovesExtraSpaces)
                while (position < text.Length && Step(text[position..], out var length, out _) is [' '])
                    position += length;
            if (position == text.Length) return;
            if (addsDummy && !file.SpaceIsSuffix) result.Append(Space, NormalizedText.Inner);
        }

        Append(text, position, part.Begins && file.RemovesExtraSpaces, isWhole: true, result, cancellation);
        if (!part.Ends) return;
        if (file.RemovesExtraSpaces) result.TrimEnd(Space);
        if (addsDummy && file.SpaceIsSuffix) result.Append(Space, NormalizedText.Inner);
    }

    /// <summary>As much of the normalized text as does not depend on what follows.</summary>
    public void NormalizeSure(ReadOnlySpan<char> text, NormalizedText result, CancellationToken cancellation) =>
        Append(text, 0, afterSpace: false, isWhole: false, result, cancellation);

    private void Append(ReadOnlySpan<char> text, int position, bool afterSpace, bool isWhole, NormalizedText result, CancellationToken cancellation)
    {
        for (var steps = 0; position < text.Length; steps++)
        {
            if (steps % CheckEvery == 0) cancellation.ThrowIfCancellationRequested();
            var step = Step(text[position..], out var length, out var isOpen);
            if (isOpen && !isWhole) return;
            if (afterSpace) step = step.TrimStart(' ');
            for (var i = 0; i < step.Length; i++) result.Append(step[i] == ' ' ? Space : step[i], i == 0 ? position : NormalizedText.Inner);
            if (step.Length > 0) afterSpace = file.RemovesExtraSpaces && step[^1] == ' ';
            position += length;
        }
    }

    /// <summary>What the beginning of a text becomes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">Characters that this takes.</param>
    /// <param name="isOpen">More text could change it.</param>
    private ReadOnlySpan<char> Step(ReadOnlySpan<char> text, out int length, out bool isOpen)
    {
        userDefined.Match(text, out length, out isOpen);
        if (length > 0) return text[..length];
        var couldBeSymbol = isOpen;
        if (_map is not null)
        {
            var replacement = _map.Match(text, out length, out isOpen);
            isOpen |= couldBeSymbol;
            if (length > 0) return replacement;
        }

        var status = Rune.DecodeFromUtf16(text, out _, out length);
        isOpen |= status == OperationStatus.NeedMoreData;
        return status == OperationStatus.Done ? text[..length] : "\uFFFD";
    }
}
