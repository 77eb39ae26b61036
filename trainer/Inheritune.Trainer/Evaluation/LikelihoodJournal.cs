using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Inheritune.Trainer.Evaluation;

/// <summary>
/// The answers of an evaluation while it goes on: a file to which they are appended as they come, so that a later one that asks the same of
/// the same model continues. Its name has the digest of model and requests; what a crash has left half written is cut off.
/// </summary>
internal sealed class LikelihoodJournal : IDisposable
{
    private const int FlushEvery = 64;

    private readonly StreamWriter _writer;
    private int _unflushed;

    private LikelihoodJournal(FileStream stream) => _writer = new StreamWriter(stream);

    /// <summary>The answers that are there already, by the number of the request.</summary>
    public Dictionary<int, LikelihoodResult> Known { get; } = [];

    /// <summary>Opens or begins the file.</summary>
    /// <param name="folder">A local folder.</param>
    /// <param name="model">Identity of the model, with all that decides what it answers.</param>
    /// <param name="requests">What is asked.</param>
    public static LikelihoodJournal Open(string folder, string model, IReadOnlyList<LikelihoodRequest> requests)
    {
        var path = Path.Combine(folder, $"likelihoods-{Digest(model, requests)[..16]}.jsonl");
        try
        {
            Directory.CreateDirectory(folder);
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var journal = new LikelihoodJournal(stream);
            stream.SetLength(journal.Recover(stream, requests.Count));
            stream.Seek(0, SeekOrigin.End);
            return journal;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Storage.FileStore.Translate(path, e);
        }
    }

    public void Append(int request, LikelihoodResult answer)
    {
        _writer.Write(JsonSerializer.Serialize(new Line(request, answer.LogLikelihood, answer.Greedy)) + "\n");
        if (++_unflushed % FlushEvery == 0) _writer.Flush();
    }

    public void Dispose() => _writer.Dispose();

    /// <summary>Reads whole lines up to the first that is damaged, and returns how many bytes they are.</summary>
    private long Recover(FileStream stream, int requests)
    {
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
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

    private sealed record Line(int Request, double LogLikelihood, bool Greedy);
}
