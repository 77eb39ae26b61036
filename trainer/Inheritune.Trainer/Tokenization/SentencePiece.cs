namespace Inheritune.Trainer.Tokenization;

/// <param name="Text">Text of the piece; U+2581 stands for a space, <c>&lt;0x0A&gt;</c> for a byte.</param>
/// <param name="Score">Pairs with a higher score are merged first.</param>
/// <param name="Type">What the piece stands for.</param>
internal readonly record struct SentencePiece(string Text, float Score, SentencePieceType Type);
