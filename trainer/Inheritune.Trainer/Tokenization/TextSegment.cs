namespace Inheritune.Trainer.Tokenization;

/// <summary>A stretch of a text: an added token, or what stands between two of them.</summary>
/// <param name="Text">The text, normalized.</param>
/// <param name="Token">The added token that it is, or null.</param>
/// <param name="IsFirst">The whole text begins with it.</param>
/// <param name="IsLast">The whole text ends with it.</param>
internal readonly record struct TextSegment(string Text, AddedToken? Token, bool IsFirst, bool IsLast);
