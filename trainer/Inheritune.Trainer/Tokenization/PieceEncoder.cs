namespace Inheritune.Trainer.Tokenization;

/// <summary>Computes the ids of one piece.</summary>
internal delegate int[] PieceEncoder(ReadOnlySpan<char> piece);
