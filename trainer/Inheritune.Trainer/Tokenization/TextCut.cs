namespace Inheritune.Trainer.Tokenization;

/// <summary>
/// A place where a text may be cut in two so that the ids of both parts, one after the other, are the ids of the whole.
/// </summary>
/// <param name="End">Length of the first part.</param>
/// <param name="Next">Start of the second part; characters in between are implied by the second part's beginning.</param>
public readonly record struct TextCut(int End, int Next);
