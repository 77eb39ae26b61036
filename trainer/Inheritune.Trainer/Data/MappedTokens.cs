using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Inheritune.Api;

namespace Inheritune.Trainer.Data;

/// <summary>A packed file, mapped into memory: the kernel reads what is used and drops it again under pressure.</summary>
internal sealed unsafe class MappedTokens : ITokenSequence, IDisposable
{
    private readonly TokenType _type;
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _data;

    public MappedTokens(string path, TokenType type)
    {
        _type = type;
        Path = path;
        Length = new FileInfo(path).Length / type.Size();
        // An empty file cannot be mapped.
        if (Length == 0) return;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _data);
        _data += _view.PointerOffset;
    }

    public string Path { get; }

    public long Length { get; }

    public void Read(long position, Span<long> destination)
    {
        if (_type == TokenType.UInt16)
        {
            var ids = Ids<ushort>(position, destination.Length);
            for (var i = 0; i < ids.Length; i++) destination[i] = ids[i];
        }
        else
        {
            var ids = Ids<uint>(position, destination.Length);
            for (var i = 0; i < ids.Length; i++) destination[i] = ids[i];
        }
    }

    /// <summary>Index, counted from <paramref name="position"/>, of the first id that is not below the limit, or -1.</summary>
    public int IndexOfAtLeast(long position, int count, int limit) => _type == TokenType.UInt16
        ? limit > ushort.MaxValue ? -1 : Ids<ushort>(position, count).IndexOfAnyExceptInRange((ushort)0, (ushort)(limit - 1))
        : Ids<uint>(position, count).IndexOfAnyExceptInRange(0u, (uint)(limit - 1));

    public void Dispose()
    {
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }

    private ReadOnlySpan<T> Ids<T>(long position, int count)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_view is { SafeMemoryMappedViewHandle.IsClosed: true }, this);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Length - count);
        return MemoryMarshal.CreateReadOnlySpan(ref *((T*)_data + position), count);
    }
}
