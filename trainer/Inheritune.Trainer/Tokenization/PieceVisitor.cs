namespace Inheritune.Trainer.Tokenization;

/// <summary>Receives one piece of a text.</summary>
public delegate void PieceVisitor(ReadOnlySpan<char> piece);
