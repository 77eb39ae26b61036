using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Finds files of the same content under whatever names. Of files of one size it reads the beginning, and more only while they agree.
/// </summary>
internal sealed class Overlap
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Packed shards may all be of one size, and a look at one is mostly waiting for its store.</summary>
    private const int ReadersAtOnce = 16;

    private readonly ConcurrentDictionary<CorpusFile, string> _heads = new();

    /// <summary>The files that the others have as well, each with one of those.</summary>
    public static IReadOnlyDictionary<CorpusFile, CorpusFile> Of(IReadOnlyList<CorpusFile> files, IReadOnlyList<CorpusFile> others)
    {
        var sizes = others.ToLookup(other => other.Info.Size);
        return new Overlap().Match(files, file => sizes[file.Info.Size]);
    }

    /// <summary>The files that come a second time, each with the first of its kind.</summary>
    public static IReadOnlyDictionary<CorpusFile, CorpusFile> Within(IReadOnlyList<CorpusFile> files)
    {
        var sizes = files.ToLookup(file => file.Info.Size);
        return new Overlap().Match(files, file => sizes[file.Info.Size].TakeWhile(other => other != file));
    }

    private Dictionary<CorpusFile, CorpusFile> Match(IReadOnlyList<CorpusFile> files, Func<CorpusFile, IEnumerable<CorpusFile>> candidates)
    {
        var found = new CorpusFile?[files.Count];
        try
        {
            Parallel.For(0, files.Count, new ParallelOptions { MaxDegreeOfParallelism = ReadersAtOnce }, i =>
                found[i] = candidates(files[i]).FirstOrDefault(other => AreSame(files[i], other)));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        return files.Index().Where(file => found[file.Index] is not null).ToDictionary(file => file.Item, file => found[file.Index]!);
    }

    /// <summary>Of files of one size. Empty ones have nothing in common.</summary>
    private bool AreSame(CorpusFile one, CorpusFile other) =>
        one.Info.Size > 0 && (one.Info.Version == other.Info.Version || (Head(one) == Head(other) && HaveSameBytes(one, other)));

    private string Head(CorpusFile file) => _heads.GetOrAdd(file, file => Convert.ToHexString(FileHeads.Read(file)));

    private static bool HaveSameBytes(CorpusFile one, CorpusFile other)
    {
        using var first = one.Store.OpenRead(one.Info.Key);
        using var second = other.Store.OpenRead(other.Info.Key);
        var (left, right) = (new byte[BlockBytes], new byte[BlockBytes]);
        while (true)
        {
            var count = first.ReadAtLeast(left, BlockBytes, throwOnEndOfStream: false);
            if (second.ReadAtLeast(right, BlockBytes, throwOnEndOfStream: false) != count) return false;
            if (!left.AsSpan(0, count).SequenceEqual(right.AsSpan(0, count))) return false;
            if (count < BlockBytes) return true;
        }
    }
}
