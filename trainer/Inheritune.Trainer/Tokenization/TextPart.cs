namespace Inheritune.Trainer.Tokenization;

/// <summary>Where a text stands in its document.</summary>
/// <param name="Begins">It is the document's beginning.</param>
/// <param name="Ends">It is the document's end.</param>
public readonly record struct TextPart(bool Begins, bool Ends)
{
    public static readonly TextPart Whole = new(Begins: true, Ends: true);
}
