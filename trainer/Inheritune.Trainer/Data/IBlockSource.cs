namespace Inheritune.Trainer.Data;

/// <summary>A file that is fetched in pieces.</summary>
internal interface IBlockSource
{
    /// <summary>Bytes of the file.</summary>
    long Size { get; }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on; blocks, and is called by several threads.</summary>
    void Fetch(long offset, Span<byte> destination);
}
