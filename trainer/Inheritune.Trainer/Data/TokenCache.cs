using Inheritune.Api;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Packed files on the local disk, made once from text and found again by the digest of all that decides the ids. The folder is
/// <c>$INHERITUNE_CACHE</c>, else <c>$XDG_CACHE_HOME/inheritune</c>, else <c>~/.cache/inheritune</c>; it may be deleted at
/// any time between runs.
/// </summary>
internal static class TokenCache
{
    private const string Variable = "INHERITUNE_CACHE";
    private const double Megabyte = 1e6;
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>Element type of the cache for a vocabulary.</summary>
    public static TokenType TypeFor(int vocabularySize) => vocabularySize <= ushort.MaxValue + 1 ? TokenType.UInt16 : TokenType.UInt32;

    /// <summary>The ids of a text corpus as a packed file of <see cref="TypeFor"/>.</summary>
    public static string Tokenize(Corpus corpus, string digest, string textField, ITokenizer tokenizer, IRunStatus status, CancellationToken cancellation) =>
        GetOrMake(digest, output =>
        {
            var writer = new PackedWriter(output, TypeFor(tokenizer.VocabularySize));
            var encoder = new DocumentEncoder(tokenizer, writer.Write);
            using var stage = status.Begin("Tokenizing", corpus.Files.Sum(file => file.Info.Size) / Megabyte, "MB");
            var before = 0L;
            foreach (var file in corpus.Files)
            {
                foreach (var piece in TextCorpus.Read(file, textField))
                {
                    cancellation.ThrowIfCancellationRequested();
                    encoder.Append(piece);
                    stage.Report((before + piece.Bytes) / Megabyte, file.Info.Key);
                }

                before += file.Info.Size;
            }

            writer.Flush();
        }, cancellation);

    /// <summary>A local copy of a packed file from an object store, because only local files can be mapped.</summary>
    public static string Copy(CorpusFile file, string digest, IRunStatus status, CancellationToken cancellation) =>
        GetOrMake(digest, output =>
        {
            using var stage = status.Begin("Downloading", file.Info.Size / Megabyte, "MB");
            using var input = file.Store.OpenRead(file.Info.Key);
            var buffer = new byte[1 << 20];
            for (var done = 0L; input.Read(buffer) is var read and > 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                output.Write(buffer, 0, read);
                stage.Report((done += read) / Megabyte, file.Info.Key);
            }
        }, cancellation);

    /// <summary>
    /// The file is written aside and renamed, so what has the final name is whole. Of two processes the second waits on the
    /// lock and finds the file of the first; the kernel frees the lock of a process that is killed.
    /// </summary>
    private static string GetOrMake(string digest, Action<Stream> make, CancellationToken cancellation)
    {
        var folder = Path.Combine(Root(), "datasets", digest);
        var (path, aside) = (Path.Combine(folder, "tokens.bin"), Path.Combine(folder, "tokens.partial"));
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
            throw new RunException(
                e is IOException ? ExitCode.StorageUnavailable : ExitCode.StorageDenied,
                $"{folder}: cannot write the token cache ({e.Message.TrimEnd('.')}); free space there or set {Variable} to a writable folder with room", e);
        }
    }

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

    /// <summary>The cache folder.</summary>
    internal static string Root()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } own) return own;
        var home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(home, "inheritune");
    }
}
