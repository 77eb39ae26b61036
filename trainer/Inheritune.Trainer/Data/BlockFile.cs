using Inheritune.Trainer.Storage;
using Microsoft.Win32.SafeHandles;

namespace Inheritune.Trainer.Data;

/// <summary>
/// A file of blocks in the folder of the token cache. It has no name, so the kernel frees it when the process ends, however it
/// ends; and all of its space is taken at once, so a disk without room shows before the training begins.
/// </summary>
internal sealed class BlockFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly int _blockBytes;

    /// <exception cref="RunException">The disk is full, or the folder cannot be written.</exception>
    public BlockFile(int blocks, int blockBytes)
    {
        _blockBytes = blockBytes;
        try
        {
            Directory.CreateDirectory(CacheFolder.Location);
            var path = Path.Combine(CacheFolder.Location, $"stream-{Guid.NewGuid():n}");
            _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.RandomAccess, (long)blocks * blockBytes);
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }
    }

    /// <summary>Writes a block from its beginning.</summary>
    public void Write(int block, ReadOnlySpan<byte> content)
    {
        try
        {
            RandomAccess.Write(_file, content, (long)block * _blockBytes);
        }
        catch (IOException e)
        {
            throw Unusable(e);
        }
    }

    /// <summary>Reads a part of a block that has been written.</summary>
    public void Read(int block, int offset, Span<byte> destination)
    {
        try
        {
            RandomAccess.Read(_file, destination, (long)block * _blockBytes + offset);
        }
        catch (IOException e)
        {
            throw Unusable(e);
        }
    }

    public void Dispose() => _file.Dispose();

    private static RunException Unusable(Exception e) => CacheFolder.Unusable(CacheFolder.Location, e, ", or lower spec.storage.cacheMebibytes");
}
