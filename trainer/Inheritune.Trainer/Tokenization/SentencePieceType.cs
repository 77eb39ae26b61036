namespace Inheritune.Trainer.Tokenization;

/// <summary><c>SentencePiece.Type</c> of sentencepiece_model.proto.</summary>
internal enum SentencePieceType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
