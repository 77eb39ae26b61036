namespace Inheritune.Trainer.Data;

/// <summary>One file of a corpus.</summary>
internal interface ITokenFile : ITokenSequence
{
    /// <summary>Name for messages.</summary>
    string Name { get; }

    /// <summary>
    /// Index, counted from <paramref name="position"/>, of the first id that is not below the limit, or -1. A file that refuses such
    /// ids when they are read has none.
    /// </summary>
    int IndexOfAtLeast(long position, int count, int limit);
}
