using System.Globalization;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Turns a stream of pieces into ids with document marks. A long document is encoded in chunks, cut where the tokenizer
/// says that this changes nothing. Documents without text leave no trace, and no mark stands twice.
/// </summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="write">Receives the ids.</param>
/// <param name="chunk">Smallest number of characters that is cut.</param>
/// <param name="cancellation">Stops with <see cref="OperationCanceledException"/>, within a long document too.</param>
internal sealed class DocumentEncoder(ITokenizer tokenizer, Action<IReadOnlyList<int>> write, int chunk = 1 << 16, CancellationToken cancellation = default)
{
    private readonly int _chunk = chunk;
    private char[] _pending = [];
    private int _start;
    private int _end;
    private int _window = chunk;
    private bool _begun;
    private int? _last;

    /// <summary>Most characters in a row without a place where they can be cut; merging so many takes some 8 GB.</summary>
    public int MostUncut { get; init; } = 1 << 27;

    /// <summary>Where the text comes from, for error messages.</summary>
    public string Source { get; set; } = "";

    /// <summary>Characters that are looked at together, because there is no such place among fewer.</summary>
    public int Uncut => _window;

    public void Append(TextPiece piece)
    {
        Keep(piece.Text);
        while (_end - _start > _window)
            if (tokenizer.LastCut(_pending.AsSpan(_start, _window), cancellation) is { } cut)
            {
                Encode(cut, ends: false);
                _window = _chunk;
            }
            else if ((_window *= 2) > MostUncut)
            {
                throw new RunException(ExitCode.InvalidInput, string.Create(CultureInfo.InvariantCulture,
                    $"{Source}: more than {_window / 2:N0} characters in a row, up to byte {piece.Bytes:N0}, could be one word, which no memory holds; put spaces, line breaks or document ends between them, or leave the file out"));
            }

        if (piece.EndsDocument) EndDocument();
    }

    private void Keep(string text)
    {
        var held = _end - _start;
        if (text.Length > _pending.Length - _end)
        {
            var room = held + text.Length <= _pending.Length ? _pending : new char[Math.Max(held + text.Length, 2 * _pending.Length)];
            _pending.AsSpan(_start, held).CopyTo(room);
            (_pending, _start, _end) = (room, 0, held);
        }

        text.CopyTo(_pending.AsSpan(_end));
        _end += text.Length;
    }

    private void EndDocument()
    {
        if (_end > _start) Encode(_end - _start, ends: true);
        if (_begun && tokenizer.EndOfDocument is { } end && _last != end) write([end]);
        (_start, _end, _window, _begun, _last) = (0, 0, _chunk, false, null);
    }

    private void Encode(int length, bool ends)
    {
        var ids = tokenizer.Encode(_pending.AsSpan(_start, length), new TextPart(!_begun, ends), cancellation);
        _start += length;
        // White space that the tokenizer removes is no text.
        if (ids.Count == 0) return;
        // A document that was written with its marks has them already.
        if (!_begun && tokenizer.BeginOfDocument is { } begin && ids[0] != begin) write([begin]);
        (_begun, _last) = (true, ids[^1]);
        write(ids);
    }
}
