namespace Inheritune.Trainer.Data;

/// <summary>
/// A read-only sequence of token ids with random access; backed by memory-mapped files or by a cache on the disk, so it costs no memory.
/// It consists of stretches: within one a token follows the other as in the corpus, two have nothing to do with each other.
/// </summary>
public interface ITokenSequence
{
    /// <summary>Number of tokens.</summary>
    long Length { get; }

    /// <summary>Positions behind the last token of each stretch, ascending; the last is <see cref="Length"/>.</summary>
    IReadOnlyList<long> StretchEnds => [Length];

    /// <summary>Fills <paramref name="destination"/> with the ids from <paramref name="position"/> on.</summary>
    void Read(long position, Span<long> destination);

    /// <summary>Announces that exactly this stretch will be read, after those announced before; changes no result.</summary>
    void Prefetch(long position, int count)
    {
    }
}
