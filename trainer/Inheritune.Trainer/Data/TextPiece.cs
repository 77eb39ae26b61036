namespace Inheritune.Trainer.Data;

/// <param name="Text">A document, or a part of one.</param>
/// <param name="EndsDocument">The next piece belongs to another document.</param>
/// <param name="Bytes">How far the file has been read, in bytes.</param>
public readonly record struct TextPiece(string Text, bool EndsDocument, long Bytes);
