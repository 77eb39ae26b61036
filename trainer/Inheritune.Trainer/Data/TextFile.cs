using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Inheritune.Trainer.Data;

/// <summary>
/// A text file: one document, unless <c>&lt;|endoftext|&gt;</c> separates several. When the mark has a line of its own,
/// the line breaks around it belong to the mark.
/// </summary>
internal static class TextFile
{
    private const string Separator = "<|endoftext|>";
    private const int BlockBytes = 1 << 20;

    // A separator with a line break on either side may lie across two blocks.
    private const int Held = 32;

    public static IEnumerable<TextPiece> Read(CorpusFile file) => Read(file, BlockBytes);

    /// <summary>As above with blocks of another size, which never changes the documents.</summary>
    internal static IEnumerable<TextPiece> Read(CorpusFile file, int blockBytes)
    {
        var rest = "";
        foreach (var (block, bytes, isLast) in Blocks(file, blockBytes))
        {
            var text = rest + block;
            var start = 0;
            for (var mark = text.IndexOf(Separator, StringComparison.Ordinal); mark >= 0; mark = text.IndexOf(Separator, start, StringComparison.Ordinal))
            {
                var after = mark + Separator.Length;
                if (!isLast && after + 2 > text.Length) break;
                var (end, next) = Trim(text, start, mark, after);
                yield return new TextPiece(text[start..end], EndsDocument: true, bytes);
                start = next;
            }

            var safe = isLast ? text.Length : Math.Max(start, text.Length - Held);
            // Never part a surrogate pair.
            if (safe > start && safe < text.Length && char.IsLowSurrogate(text[safe])) safe--;
            yield return new TextPiece(text[start..safe], isLast, bytes);
            rest = text[safe..];
        }
    }

    /// <summary>Leaves out the line breaks around a mark that has a line of its own.</summary>
    private static (int End, int Next) Trim(string text, int start, int mark, int after)
    {
        var breakAfter = LineBreak(text, after);
        var ownLine = (mark == start || text[mark - 1] == '\n') && (breakAfter > 0 || after == text.Length);
        if (!ownLine) return (mark, after);
        var end = mark;
        if (end > start && text[end - 1] == '\n') end--;
        if (end > start && end < mark && text[end - 1] == '\r') end--;
        return (end, after + breakAfter);
    }

    private static int LineBreak(string text, int position) =>
        text.AsSpan(position) is ['\n', ..] ? 1 : text.AsSpan(position) is ['\r', '\n', ..] ? 2 : 0;

    private static IEnumerable<(string Text, long Bytes, bool IsLast)> Blocks(CorpusFile file, int blockBytes)
    {
        using var stream = file.Store.OpenRead(file.Info.Key);
        var bytes = new byte[blockBytes + 4];
        var chars = new char[blockBytes + 4];
        var (kept, consumed) = (0, 0L);
        while (true)
        {
            var read = stream.ReadAtLeast(bytes.AsSpan(kept, blockBytes), blockBytes, throwOnEndOfStream: false);
            var isLast = read < blockBytes;
            var available = kept + read;
            if (consumed == 0 && bytes.AsSpan(0, available).StartsWith(Encoding.UTF8.Preamble))
            {
                bytes.AsSpan(3, available - 3).CopyTo(bytes);
                (available, consumed) = (available - 3, 3);
            }

            var status = Utf8.ToUtf16(bytes.AsSpan(0, available), chars, out var used, out var written, replaceInvalidSequences: false, isFinalBlock: isLast);
            consumed += used;
            if (status == OperationStatus.InvalidData) throw TextCorpus.NotUtf8(file, consumed);
            kept = available - used;
            bytes.AsSpan(used, kept).CopyTo(bytes);
            yield return (new string(chars, 0, written), consumed, isLast);
            if (isLast) yield break;
        }
    }
}
