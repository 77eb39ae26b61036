using Inheritune.Api;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Packed files on the local disk, made once from text and found again by the digest of all that decides the ids; see <see cref="CacheFolder"/>.
/// </summary>
internal static class TokenCache
{
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>Element type of the cache for a vocabulary.</summary>
    public static TokenType TypeFor(int vocabularySize) => vocabularySize <= ushort.MaxValue + 1 ? TokenType.UInt16 : TokenType.UInt32;

    /// <summary>The ids of a text corpus as a packed file of <see cref="TypeFor"/>.</summary>
    public static string Tokenize(Corpus corpus, string digest, string textField, ITokenizer tokenizer, IRunStatus status, CancellationToken cancellation) =>
        GetOrMake(digest, output => CorpusTokenizer.Write(corpus, textField, tokenizer, output, status, cancellation), cancellation);

    /// <summary>Whether the ids of this digest are there.</summary>
    public static bool Has(string digest) => File.Exists(PathOf(digest));

    /// <summary>About what the ids of text take: the larger the vocabulary, the longer the pieces.</summary>
    public static long Estimate(long textBytes, int vocabularySize) =>
        (long)(textBytes / Math.Max(1, Math.Log2(vocabularySize) / 4)) * TypeFor(vocabularySize).Size();

    /// <summary>
    /// The file is written aside and renamed, so what has the final name is whole. Of two processes the second waits on the
    /// lock and finds the file of the first; the kernel frees the lock of a process that is killed.
    /// </summary>
    private static string GetOrMake(string digest, Action<Stream> make, CancellationToken cancellation)
    {
        var path = PathOf(digest);
        var folder = Path.GetDirectoryName(path)!;
        var aside = Path.Combine(folder, "tokens.partial");
        if (File.Exists(path)) return path;
        try
        {
            Directory.CreateDirectory(folder);
            using var held = Lock(Path.Combine(folder, "lock"), cancellation);
            if (File.Exists(path)) return path;
            using (var output = new FileStream(aside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                make(output);
                output.Flush(flushToDisk: true);
            }

            File.Move(aside, path);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CacheFolder.Unusable(folder, e);
        }
    }

    private static string PathOf(string digest) => Path.Combine(CacheFolder.Location, "datasets", digest, "tokens.bin");

    private static FileStream Lock(string path, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            // EWOULDBLOCK on Linux, 35 on macOS, ERROR_SHARING_VIOLATION on Windows: another process is at it.
            catch (IOException e) when ((e.HResult & 0xFFFF) is 11 or 35 or 32)
            {
                cancellation.WaitHandle.WaitOne(LockPoll);
            }
        }
    }
}
