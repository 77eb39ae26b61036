namespace Inheritune.Trainer.Evaluation;

/// <summary>Neighbours in the order of the tokens that become one <see cref="TokenTree"/>.</summary>
/// <param name="First">Index of the first sequence.</param>
/// <param name="End">Index behind the last one.</param>
/// <param name="Start">Position from which on tokens are in the tree; those before it are in the group's context.</param>
/// <param name="Size">Tokens of the tree.</param>
internal readonly record struct TreeRange(int First, int End, int Start, int Size);
