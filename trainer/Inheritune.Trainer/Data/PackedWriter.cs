using System.Buffers.Binary;
using Inheritune.Api;

namespace Inheritune.Trainer.Data;

/// <summary>Writes ids as little-endian integers without a header.</summary>
internal sealed class PackedWriter(Stream stream, TokenType type)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _used;

    /// <summary>Number of ids written.</summary>
    public long Count { get; private set; }

    public void Write(IReadOnlyList<int> ids)
    {
        Count += ids.Count;
        for (var i = 0; i < ids.Count; i++)
        {
            if (_used == _buffer.Length) Flush();
            if (type == TokenType.UInt16) BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(_used), (ushort)ids[i]);
            else BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_used), (uint)ids[i]);
            _used += type.Size();
        }
    }

    public void Flush()
    {
        stream.Write(_buffer, 0, _used);
        _used = 0;
    }
}
