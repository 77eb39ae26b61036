using System.Buffers;
using System.Text.Json;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Walks over the members of a JSON object without looking into their values: where a program wrote NaN, a number of any size, any depth or half
/// a surrogate pair into a field that nobody asks for, the others are as good as before.
/// </summary>
internal ref struct JsonMembers(ReadOnlySpan<byte> json)
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"[]{}"u8);
    private static readonly SearchValues<byte> ScalarEnds = SearchValues.Create(",]} \t\r"u8);

    private readonly ReadOnlySpan<byte> _json = json;
    private int _position;

    /// <summary>The name with its quotes, as it is written.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The value, as it is written.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Goes to the next member; false behind the last one.</summary>
    /// <exception cref="JsonException">The object is not closed, or something follows it.</exception>
    public bool Next()
    {
        var isFirst = _position == 0;
        if (isFirst) Expect('{');
        if (Peek() == '}') return End();
        if (!isFirst) Expect(',');
        if (Peek() != '"') throw Bad("a name in quotes");
        Name = Take();
        Expect(':');
        Peek();
        Value = Take();
        return true;
    }

    private bool End()
    {
        _position++;
        if (_json[_position..].IndexOfAnyExcept(" \t\r\n"u8) >= 0) throw new JsonException("something follows the object; write one object a line");
        return false;
    }

    private ReadOnlySpan<byte> Take()
    {
        var start = _position;
        switch (_json[_position])
        {
            case (byte)'"':
                SkipString();
                break;
            case (byte)'{' or (byte)'[':
                SkipNested();
                break;
            default:
                var length = _json[_position..].IndexOfAny(ScalarEnds);
                _position = length < 0 ? _json.Length : _position + length;
                if (_position == start) throw Bad("a value");
                break;
        }

        return _json[start.._position];
    }

    private void SkipNested()
    {
        var depth = 0;
        do
        {
            var next = _json[_position..].IndexOfAny(Structure);
            if (next < 0) throw Open();
            _position += next;
            if (_json[_position] == '"')
            {
                SkipString();
                continue;
            }

            depth += _json[_position++] is (byte)'[' or (byte)'{' ? 1 : -1;
        }
        while (depth > 0);
    }

    private void SkipString()
    {
        for (_position++; ; _position += 2)
        {
            var next = _json[_position..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0 || _position + next + 1 >= _json.Length && _json[_position + next] != '"') throw Open();
            _position += next;
            if (_json[_position] != '"') continue;
            _position++;
            return;
        }
    }

    private void Expect(char what) => _position = Peek() == what ? _position + 1 : throw Bad($"'{what}'");

    /// <summary>The next byte that is not white space.</summary>
    private byte Peek()
    {
        var next = _json[_position..].IndexOfAnyExcept(" \t\r\n"u8);
        if (next < 0) throw Open();
        return _json[_position += next];
    }

    private readonly JsonException Bad(string expected) => new($"{expected} is missing at byte {_position + 1}");

    private static JsonException Open() => new("it ends in the midst of the object; write the whole object on one line");
}
