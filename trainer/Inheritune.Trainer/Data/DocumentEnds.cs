using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Where the documents of a corpus end, known by the marks of its tokenizer: behind an end of text, before a begin. Text that is tokenized here
/// has one of them at every document unless its tokenizer has neither; packed data has what its maker put there.
/// </summary>
/// <param name="corpus">The ids.</param>
/// <param name="tokenizer">Its marks.</param>
internal sealed class DocumentEnds(TokenCorpus corpus, ITokenizer tokenizer)
{
    private const int Stride = 4096;

    /// <summary>So many searches in vain at the beginning mean that documents are not marked, and the data need not be read for more.</summary>
    private const int MostInVain = 8;

    private readonly long[] _ids = new long[Stride + 1];
    private int _inVain;

    /// <summary>Whether no document is on both sides of the position.</summary>
    public bool Is(long position) => position <= 0 || position >= corpus.Length || Find(position, 1) == 0;

    /// <summary>The first end of a document at or after a position, or the position itself when none is within reach.</summary>
    public long Next(long position, long reach)
    {
        if (position <= 0 || position >= corpus.Length || _inVain >= MostInVain) return position;
        var end = Math.Min(position + reach, corpus.Length);
        for (var at = position; at < end; at += Stride)
        {
            if (Find(at, (int)Math.Min(Stride, end - at)) is not (var found and >= 0)) continue;
            _inVain = int.MinValue;
            return at + found;
        }

        _inVain++;
        return position;
    }

    /// <summary>How far behind a position the first end is, or -1.</summary>
    private int Find(long position, int count)
    {
        corpus.Read(position - 1, _ids.AsSpan(0, count + 1));
        for (var i = 0; i < count; i++)
            if (_ids[i] == tokenizer.EndOfDocument || _ids[i] == tokenizer.EndOfText || _ids[i + 1] == tokenizer.BeginOfDocument) return i;
        return -1;
    }
}
