namespace Inheritune.Trainer.Tokenization;

/// <summary>Computes the ids of one piece, which may be as long as a text.</summary>
internal delegate int[] PieceEncoder(ReadOnlySpan<char> piece, CancellationToken cancellation);
