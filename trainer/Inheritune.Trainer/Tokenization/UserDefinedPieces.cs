namespace Inheritune.Trainer.Tokenization;

/// <summary>SentencePiece's user-defined symbols: always one piece wherever they stand, and never normalized; the longest wins.</summary>
internal sealed class UserDefinedPieces
{
    private readonly Dictionary<char, List<(string Text, int Id)>> _byFirst = [];

    public UserDefinedPieces(IReadOnlyList<SentencePiece> pieces)
    {
        foreach (var (id, piece) in pieces.Index().Where(entry => entry.Item.Type == SentencePieceType.UserDefined && entry.Item.Text.Length > 0).OrderByDescending(entry => entry.Item.Text.Length))
        {
            if (!_byFirst.TryGetValue(piece.Text[0], out var list)) _byFirst[piece.Text[0]] = list = [];
            list.Add((piece.Text, id));
        }
    }

    /// <summary>The symbol that the text begins with.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">Its length; 0: there is none.</param>
    /// <param name="isOpen">More text could make a longer one.</param>
    public int Match(ReadOnlySpan<char> text, out int length, out bool isOpen)
    {
        isOpen = false;
        foreach (var (symbol, id) in _byFirst.GetValueOrDefault(text[0]) ?? [])
            if (text.StartsWith(symbol, StringComparison.Ordinal))
            {
                length = symbol.Length;
                return id;
            }
            else
            {
                isOpen |= symbol.AsSpan().StartsWith(text, StringComparison.Ordinal);
            }

        length = 0;
        return -1;
    }
}
