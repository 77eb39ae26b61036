using System.Numerics;
using Inheritune.Api;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Which tokens of a corpus are held out for validation, and which of the others are trained on. Both are drawn piece by piece from the
/// whole corpus, in a random order that follows from its length alone. So the same data has the same hold-out, whatever a manifest says of
/// seeds, subsets and shapes, and of two subsets the smaller is part of the larger.
/// </summary>
internal static class DatasetSplit
{
    private const long MostValidationTokens = 1_000_000;

    /// <summary>A held-out piece: eight sequences of 1,024 and the last target, whatever the model; less where the data is short.</summary>
    private const int HeldOutPiece = 8 * 1024 + 1;

    /// <summary>A piece of a subset; more for long sequences, of which it holds eight at least.</summary>
    private const int SubsetPiece = 16 * 1024;

    private const int ShortestPiece = 64;
    private const int FewestPieces = 32;
    private const int MostPieces = 1 << 16;

    /// <summary>How many tokens of a corpus are to be held out for validation, and how many of the others trained on.</summary>
    /// <exception cref="RunException">They are too few.</exception>
    public static (long HeldOut, long Used) Sizes(DatasetSpec spec, long corpusTokens, int sequenceLength)
    {
        var needed = sequenceLength + 1L;
        if (corpusTokens < needed)
            throw Invalid("uri", $"{spec.Uri}", corpusTokens == 0
                ? (FormattableString)$"holds no tokens; give a dataset with text"
                : $"holds {corpusTokens} tokens, fewer than one sequence of {sequenceLength} and its target; add data or lower spec.training.sequenceLength");

        var heldOut = spec.ValidationUri is null ? HeldOutSize(spec, corpusTokens, needed) : 0;
        return (heldOut, Used(spec, corpusTokens - heldOut, sequenceLength));
    }

    /// <summary>
    /// The held-out ranges. A piece begins and ends where a document ends, the last at the first end behind the wanted size, except within
    /// documents that are longer than a piece and than a quarter of the wanted size.
    /// </summary>
    public static List<TokenRange> HeldOut(TokenCorpus corpus, DocumentEnds ends, long size)
    {
        var piece = Math.Clamp(corpus.Length / FewestPieces, ShortestPiece, HeldOutPiece);
        var reach = Math.Max(piece, size / 4);
        return Draw([new(0, corpus.Length)], corpus.Length, piece, size, position => ends.Next(position, reach));
    }

    /// <summary>The ranges to train on, all or exactly as many tokens as asked for, and none of them held out.</summary>
    /// <exception cref="RunException">They are too few.</exception>
    public static List<TokenRange> Training(DatasetSpec spec, TokenCorpus corpus, IReadOnlyList<TokenRange> heldOut, int sequenceLength)
    {
        var rest = Except(corpus.Length, heldOut);
        var available = rest.Sum(range => range.Length);
        var used = Used(spec, available, sequenceLength);
        if (used == available) return rest;
        var longest = Math.Max(SubsetPiece, 8 * (long)BitOperations.RoundUpToPowerOf2((uint)sequenceLength));
        var shortest = Math.Max(ShortestPiece, sequenceLength + 1);
        var piece = Math.Max(corpus.Length / MostPieces, Math.Clamp(corpus.Length / FewestPieces, shortest, longest));
        return Draw(rest, corpus.Length, piece, used, position => position);
    }

    private static long HeldOutSize(DatasetSpec spec, long corpus, long needed)
    {
        if (spec.ValidationTokens is { } given)
        {
            if (given < needed)
                throw Invalid("validationTokens", $"{given}", $"is less than one sequence and its target ({needed} tokens); raise it");
            return corpus - given >= needed ? given
                : throw Invalid("validationTokens", $"{given}", $"leaves less than one sequence of the {corpus} tokens for training; lower it or add data");
        }

        var size = Math.Min(corpus / 20, MostValidationTokens);
        return size >= needed ? size : throw Invalid("uri", $"{spec.Uri}",
            $"holds {corpus} tokens, of which {size} would be held out, fewer than one sequence and its target ({needed}); set spec.dataset.validationTokens or validationUri, add data or lower spec.training.sequenceLength");
    }

    private static long Used(DatasetSpec spec, long available, int sequenceLength)
    {
        var used = Math.Min(spec.MaxTokens ?? available, available);
        return used > sequenceLength ? used
            : used == spec.MaxTokens
                ? throw Invalid("maxTokens", $"{used}", $"is less than one sequence of {sequenceLength} tokens and its target; raise it")
                : throw Invalid("uri", $"{spec.Uri}",
                    $"leaves {used} tokens for training, less than one sequence of {sequenceLength} and its target; add data or lower spec.dataset.validationTokens");
    }

    /// <summary>Draws pieces of what may be drawn from until they have the size.</summary>
    /// <param name="source">Ascending ranges to draw from.</param>
    /// <param name="length">Tokens of the corpus.</param>
    /// <param name="piece">Tokens from the begin of one piece to the next.</param>
    /// <param name="size">Tokens to draw.</param>
    /// <param name="cut">Moves the end of a piece forward to where the text may be cut.</param>
    private static List<TokenRange> Draw(List<TokenRange> source, long length, long piece, long size, Func<long, long> cut)
    {
        var order = new SegmentPermutation((length + piece - 1) / piece);
        var drawn = new List<TokenRange>();
        for (var i = 0L; i < order.Count && size > 0; i++)
        {
            var start = order[i] * piece;
            foreach (var range in Within(source, new(cut(start), cut(Math.Min(start + piece, length)))))
            {
                if (size <= 0) break;
                var taken = range.Length <= size ? range : range with { End = Math.Min(range.End, cut(range.Start + size)) };
                size -= taken.Length;
                drawn.Add(taken);
            }
        }

        return Joined(drawn.OrderBy(range => range.Start));
    }

    /// <summary>What of the ascending ranges lies in another range.</summary>
    private static IEnumerable<TokenRange> Within(List<TokenRange> ranges, TokenRange other)
    {
        var index = ranges.BinarySearch(other, Comparer<TokenRange>.Create((a, b) => a.Start.CompareTo(b.Start)));
        for (var i = Math.Max(0, index < 0 ? ~index - 1 : index); i < ranges.Count && ranges[i].Start < other.End; i++)
        {
            var common = new TokenRange(Math.Max(ranges[i].Start, other.Start), Math.Min(ranges[i].End, other.End));
            if (common.Length > 0) yield return common;
        }
    }

    private static List<TokenRange> Except(long length, IReadOnlyList<TokenRange> ranges)
    {
        var starts = ranges.Select(range => range.End).Prepend(0);
        var ends = ranges.Select(range => range.Start).Append(length);
        return [.. starts.Zip(ends, (start, end) => new TokenRange(start, end)).Where(range => range.Length > 0)];
    }

    private static List<TokenRange> Joined(IEnumerable<TokenRange> ascending)
    {
        var joined = new List<TokenRange>();
        foreach (var range in ascending)
            if (joined is [.., var last] && last.End == range.Start) joined[^1] = last with { End = range.End };
            else joined.Add(range);
        return joined;
    }

    private static RunException Invalid(string field, FormattableString value, FormattableString message) =>
        RunException.Invalid($"spec.dataset.{field}", FormattableString.Invariant(value), FormattableString.Invariant(message));
}
