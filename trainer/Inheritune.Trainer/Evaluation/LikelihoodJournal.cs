using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Evaluation;

/// <summary>
/// The answers of an evaluation while it goes on: a file to which they are appended as they come, so that a later one that asks the same of
/// the same model continues. Its name has the digest of model and requests; what a crash has left half written is cut off. Where the file goes with
/// the process, a mirror has it as of the last minute.
/// </summary>
internal sealed class LikelihoodJournal : IDisposable
{
    private const int FlushEvery = 64;

    /// <summary>Between two writes to the mirror, each of which is the whole file.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly FileStream _stream;
    private readonly StreamWriter _writer;
    private readonly IObjectStore? _mirror;
    private readonly IRunStatus _status;
    private long _savedAt = Stopwatch.GetTimestamp();
    private int _appended;
    private bool _isSaved = true;

    private LikelihoodJournal(FileStream stream, IObjectStore? mirror, IRunStatus status)
    {
        (_stream, _mirror, _status) = (stream, mirror, status);
        _writer = new StreamWriter(stream);
    }

    /// <summary>The answers that are there already, by the number of the request.</summary>
    public Dictionary<int, LikelihoodResult> Known { get; } = [];

    /// <summary>Opens or begins the file.</summary>
    /// <param name="folder">A local folder.</param>
    /// <param name="model">Identity of the model, with all that decides what it answers.</param>
    /// <param name="requests">What is asked.</param>
    /// <param name="mirror">Has the file of an earlier process, and gets this one's; null: none.</param>
    /// <param name="status">Hears of a mirror that does not take it.</param>
    public static LikelihoodJournal Open(string folder, string model, IReadOnlyList<LikelihoodRequest> requests, IObjectStore? mirror, IRunStatus status)
    {
        var path = Path.Combine(folder, $"likelihoods-{Digest(model, requests)[..16]}.jsonl");
        return Guard(path, () =>
        {
            Directory.CreateDirectory(folder);
            var isNew = !File.Exists(path);
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var journal = new LikelihoodJournal(stream, mirror, status);
            if (isNew) journal.Restore();
            stream.SetLength(journal.Recover(requests.Count));
            stream.Seek(0, SeekOrigin.End);
            return journal;
        });
    }

    public void Append(int request, LikelihoodResult answer) => Guard(_stream.Name, () =>
    {
        _writer.Write(JsonSerializer.Serialize(new Line(request, answer.LogLikelihood, answer.Greedy)) + "\n");
        _isSaved = false;
        if (++_appended % FlushEvery == 0) _writer.Flush();
        if (Stopwatch.GetElapsedTime(_savedAt) >= Pause) Save();
        return true;
    });

    public void Dispose()
    {
        try
        {
            if (!_isSaved) Guard(_stream.Name, Save);
        }
        finally
        {
            _stream.Dispose();
        }
    }

    private string Key => Path.GetFileName(_stream.Name);

    private void Restore()
    {
        if (_mirror?.Stat(Key) is null) return;
        using (var source = _mirror.OpenRead(Key)) source.CopyTo(_stream);
        _stream.Position = 0;
    }

    /// <summary>A mirror that does not answer for a while costs what it does not get, if this process ends before it does.</summary>
    private bool Save()
    {
        _writer.Flush();
        try
        {
            _mirror?.Write(Key, output =>
            {
                _stream.Position = 0;
                _stream.CopyTo(output);
            });
            _isSaved = true;
        }
        catch (RunException e) when (e.MayPass)
        {
            _status.Warn($"The answers so far are not stored: {e.Message}");
        }

        _stream.Seek(0, SeekOrigin.End);
        _savedAt = Stopwatch.GetTimestamp();
        return _isSaved;
    }

    /// <summary>Reads whole lines up to the first that is damaged, and returns how many bytes they are.</summary>
    private long Recover(int requests)
    {
        var bytes = new byte[_stream.Length];
        _stream.ReadExactly(bytes);
        var start = 0;
        while (bytes.AsSpan(start).IndexOf((byte)'\n') is >= 0 and var length)
        {
            try
            {
                var line = JsonSerializer.Deserialize<Line>(bytes.AsSpan(start, length));
                if (line is null || line.Request < 0 || line.Request >= requests) break;
                Known[line.Request] = new LikelihoodResult(line.LogLikelihood, line.Greedy);
            }
            catch (JsonException)
            {
                break;
            }

            start += length + 1;
        }

        return start;
    }

    private static string Digest(string model, IReadOnlyList<LikelihoodRequest> requests)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(model));
        foreach (var request in requests) hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(request));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
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

    private sealed record Line(int Request, double LogLikelihood, bool Greedy);
}
