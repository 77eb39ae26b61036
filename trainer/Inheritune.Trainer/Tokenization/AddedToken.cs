namespace Inheritune.Trainer.Tokenization;

/// <summary>A token that is looked for in the text before anything else, such as a mark of a chat.</summary>
/// <param name="Text">What stands in the text.</param>
/// <param name="Id">Its id.</param>
/// <param name="IsSpecial">It stands for no text: decoding leaves it out.</param>
/// <param name="IsWord">Only a word of its own is meant: no letter, digit or underscore stands beside it.</param>
/// <param name="StripsLeft">White space before it belongs to it.</param>
/// <param name="StripsRight">White space behind it belongs to it.</param>
/// <param name="IsNormalized">It is looked for in the normalized text, and there only where no other one has been found.</param>
internal sealed record AddedToken(string Text, int Id, bool IsSpecial, bool IsWord = false, bool StripsLeft = false, bool StripsRight = false, bool IsNormalized = false);
