using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Turns a stream of pieces into ids with document marks. A long document is encoded in chunks, cut where the tokenizer
/// says that this changes nothing. Documents without text leave no trace, and no mark stands twice.
/// </summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="write">Receives the ids.</param>
/// <param name="chunk">Smallest number of characters that is cut.</param>
internal sealed class DocumentEncoder(ITokenizer tokenizer, Action<IReadOnlyList<int>> write, int chunk = 1 << 16)
{
    private string _pending = "";
    private bool _begun;
    private int? _last;

    public void Append(TextPiece piece)
    {
        _pending += piece.Text;
        var (offset, size) = (0, chunk);
        while (_pending.Length - offset > size)
            if (tokenizer.LastCut(_pending.AsSpan(offset, size)) is { } cut)
            {
                Encode(_pending.Substring(offset, cut.End));
                (offset, size) = (offset + cut.Next, chunk);
            }
            else
            {
                size *= 2;
            }

        _pending = _pending[offset..];
        if (piece.EndsDocument) EndDocument();
    }

    private void EndDocument()
    {
        if (_pending.Length > 0) Encode(_pending);
        if (_begun && tokenizer.EndOfDocument is { } end && _last != end) write([end]);
        (_pending, _begun, _last) = ("", false, null);
    }

    private void Encode(string text)
    {
        var ids = tokenizer.Encode(text);
        // A document that was written with its marks has them already.
        if (!_begun && tokenizer.BeginOfDocument is { } begin && ids.FirstOrDefault(-1) != begin) write([begin]);
        (_begun, _last) = (true, ids.Count > 0 ? ids[^1] : _last);
        write(ids);
    }
}
