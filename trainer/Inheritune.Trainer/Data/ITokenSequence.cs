namespace Inheritune.Trainer.Data;

/// <summary>A read-only sequence of token ids with random access; backed by memory-mapped files, so it costs no memory.</summary>
public interface ITokenSequence
{
    /// <summary>Number of tokens.</summary>
    long Length { get; }

    /// <summary>Fills <paramref name="destination"/> with the ids from <paramref name="position"/> on.</summary>
    void Read(long position, Span<long> destination);
}
