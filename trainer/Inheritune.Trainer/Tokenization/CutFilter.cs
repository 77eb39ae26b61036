namespace Inheritune.Trainer.Tokenization;

/// <summary>Whether a text may be cut at a place where the vocabulary allows it.</summary>
internal delegate bool CutFilter(ReadOnlySpan<char> text, int cut);
