using System.Text.Json;
using System.Text.Json.Serialization;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Training;

/// <summary>
/// Appends to <c>metrics.jsonl</c>, one JSON object a line. A line reaches the operating system in one write,
/// so that a killed process leaves at most one torn line, at the end; opening the file again removes it.
/// </summary>
/// <exception cref="RunException">The file cannot be opened or written.</exception>
public sealed class MetricsFile : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new FiniteNumber() },
    };

    private readonly string _path;
    private readonly FileStream _stream;

    public MetricsFile(string path)
    {
        _path = path;
        _stream = Guard(path, () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            // Unbuffered: a line is in the kernel's hands when Append returns.
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        });
        TruncateTo(_stream.Length);
    }

    /// <summary>Bytes written so far; a checkpoint remembers it for <see cref="TruncateTo"/>.</summary>
    public long Length => _stream.Length;

    public void Append(MetricPoint point) => Guard(_path, () =>
    {
        _stream.Write([.. JsonSerializer.SerializeToUtf8Bytes(point, Json), (byte)'\n']);
        return true;
    });

    /// <summary>
    /// Drops what was written after a checkpoint. A file that is shorter than the checkpoint remembers keeps what it has:
    /// a hole in the log is no reason to stop a run.
    /// </summary>
    public void TruncateTo(long bytes) => Guard(_path, () =>
    {
        var end = Math.Min(bytes, _stream.Length);
        while (end > 0 && ByteAt(end - 1) != '\n') end--;
        _stream.SetLength(end);
        _stream.Position = end;
        return true;
    });

    public void Dispose() => _stream.Dispose();

    /// <summary>Reads a metrics file; a torn last line is left out.</summary>
    public static IReadOnlyList<MetricPoint> Read(string path) => Guard(path, () =>
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Read(stream, path);
    });

    /// <summary>Reads a metrics file of an output; a torn last line is left out.</summary>
    public static IReadOnlyList<MetricPoint> Read(IObjectStore store, string key)
    {
        ArgumentNullException.ThrowIfNull(store);
        using var stream = store.OpenRead(key);
        return Read(stream, $"{store.Location}/{key}");
    }

    /// <summary>Reads a metrics file; a torn last line is left out.</summary>
    /// <param name="stream">The file's content.</param>
    /// <param name="name">Its name, for error messages.</param>
    public static IReadOnlyList<MetricPoint> Read(Stream stream, string name)
    {
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n');
        var points = new List<MetricPoint>(lines.Length);
        foreach (var (i, line) in lines[..^1].Index())
        {
            try
            {
                points.Add(JsonSerializer.Deserialize<MetricPoint>(line, Json) ?? throw new JsonException("null is not a metrics line"));
            }
            catch (JsonException e)
            {
                throw new RunException(ExitCode.InvalidInput, $"{name}: line {i + 1} is not a metrics line; remove it or take the file of another run ({e.Message})", e);
            }
        }

        return points;
    }

    private int ByteAt(long position)
    {
        _stream.Position = position;
        return _stream.ReadByte();
    }

    private static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileStore.Translate(path, e);
        }
    }
}
