namespace Inheritune.Trainer.Data;

/// <param name="Start">Position of the first token.</param>
/// <param name="End">Position behind the last.</param>
internal readonly record struct TokenRange(long Start, long End)
{
    public long Length => End - Start;

    public override string ToString() => FormattableString.Invariant($"{Start}-{End}");
}
