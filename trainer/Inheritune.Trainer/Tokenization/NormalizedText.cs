using System.Buffers;

namespace Inheritune.Trainer.Tokenization;

/// <summary>A text that grows, and where each character comes from.</summary>
internal sealed class NormalizedText(int capacity) : IDisposable
{
    /// <summary>Origin of a character that is not the first of what replaces a place in the text.</summary>
    public const int Inner = -1;

    private char[] _characters = ArrayPool<char>.Shared.Rent(capacity);
    private int[] _origins = ArrayPool<int>.Shared.Rent(capacity);
    private int _length;

    public ReadOnlySpan<char> Characters => _characters.AsSpan(0, _length);

    /// <summary>Place in the text of each character, or <see cref="Inner"/>.</summary>
    public ReadOnlySpan<int> Origins => _origins.AsSpan(0, _length);

    public void Append(char character, int origin)
    {
        if (_length == _characters.Length) Grow(ref _characters);
        if (_length == _origins.Length) Grow(ref _origins);
        (_characters[_length], _origins[_length++]) = (character, origin);
    }

    public void TrimEnd(char character)
    {
        while (_length > 0 && _characters[_length - 1] == character) _length--;
    }

    public void Dispose()
    {
        ArrayPool<char>.Shared.Return(_characters);
        ArrayPool<int>.Shared.Return(_origins);
    }

    private static void Grow<T>(ref T[] items)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(16, items.Length * 2));
        items.CopyTo(larger, 0);
        ArrayPool<T>.Shared.Return(items);
        items = larger;
    }
}
