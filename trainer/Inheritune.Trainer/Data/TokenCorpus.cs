namespace Inheritune.Trainer.Data;

/// <summary>The files of a corpus, one after the other.</summary>
internal sealed class TokenCorpus : ITokenSequence, IDisposable
{
    // Spans are indexed with int.
    private const long LongestStretch = 1 << 24;

    private readonly IReadOnlyList<ITokenFile> _files;
    private readonly long[] _starts;

    /// <param name="files">The files; they are disposed with the corpus.</param>
    public TokenCorpus(IReadOnlyList<ITokenFile> files)
    {
        _files = files;
        _starts = new long[files.Count];
        foreach (var (file, index) in files.Select((file, index) => (file, index)))
        {
            _starts[index] = Length;
            Length += file.Length;
        }
    }

    public long Length { get; }

    public void Read(long position, Span<long> destination)
    {
        while (destination.Length > 0)
        {
            var (file, offset, count) = Locate(position, destination.Length);
            _files[file].Read(offset, destination[..count]);
            position += count;
            destination = destination[count..];
        }
    }

    public void Prefetch(long position, int count)
    {
        while (count > 0)
        {
            var (file, offset, part) = Locate(position, count);
            _files[file].Prefetch(offset, part);
            (position, count) = (position + part, count - part);
        }
    }

    /// <summary>The first id in a stretch that is not below the limit, with the file and the position there, or null.</summary>
    public (string File, long Position, long Id)? FindAtLeast(long position, long length, int limit)
    {
        while (length > 0)
        {
            var (file, offset, count) = Locate(position, length);
            if (_files[file].IndexOfAtLeast(offset, count, limit) is var index and >= 0)
            {
                Span<long> id = stackalloc long[1];
                _files[file].Read(offset + index, id);
                return (_files[file].Name, offset + index, id[0]);
            }

            (position, length) = (position + count, length - count);
        }

        return null;
    }

    public void Dispose()
    {
        foreach (var file in _files.OfType<IDisposable>()) file.Dispose();
    }

    /// <summary>File of a position, the position there, and how many of the wanted ids it holds.</summary>
    private (int File, long Offset, int Count) Locate(long position, long wanted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Length - wanted);
        var file = Array.BinarySearch(_starts, position);
        if (file < 0) file = ~file - 1;
        // Empty files share their start with the next one.
        while (position - _starts[file] >= _files[file].Length) file++;
        var offset = position - _starts[file];
        return (file, offset, (int)Math.Min(Math.Min(wanted, LongestStretch), _files[file].Length - offset));
    }
}
