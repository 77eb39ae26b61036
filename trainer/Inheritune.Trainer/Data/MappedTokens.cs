using System.IO.MemoryMappedFiles;
using Inheritune.Api;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Data;

/// <summary>A packed file, mapped into memory: the kernel reads what is used and drops it again under pressure.</summary>
internal sealed unsafe class MappedTokens : ITokenFile, IDisposable
{
    private readonly TokenType _type;
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _data;

    public MappedTokens(string path, TokenType type)
    {
        _type = type;
        Name = path;
        // Not asked by its name, which may be a link with a length of its own.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        Length = stream.Length / type.Size();
        // An empty file cannot be mapped.
        if (Length == 0) return;
        try
        {
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _file?.Dispose();
            throw FileStore.Translate(path, e);
        }

        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _data);
        _data += _view.PointerOffset;
    }

    public string Name { get; }

    public long Length { get; }

    public void Read(long position, Span<long> destination) => PackedIds.Unpack(Packed(position, destination.Length), _type, destination);

    public int IndexOfAtLeast(long position, int count, int limit) => PackedIds.IndexOfAtLeast(Packed(position, count), _type, limit);

    public void Dispose()
    {
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }

    private ReadOnlySpan<byte> Packed(long position, int count)
    {
        ObjectDisposedException.ThrowIf(_view is { SafeMemoryMappedViewHandle.IsClosed: true }, this);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Length - count);
        return new ReadOnlySpan<byte>(_data + (position * _type.Size()), checked(count * _type.Size()));
    }
}
