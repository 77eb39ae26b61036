namespace Inheritune.Trainer.Tokenization;

/// <summary>What a tokenizer is made of beside its vocabulary.</summary>
/// <param name="Location">Where its files are.</param>
/// <param name="Added">Tokens that are looked for in the text before anything else.</param>
/// <param name="Marks">The marks of documents.</param>
/// <param name="Digest">SHA-256 of everything that decides the ids.</param>
/// <param name="ModelVocabularySize">Rows of the model's embedding; added tokens beyond are an error only where they stand in a text.</param>
internal sealed record TokenizerParts(string Location, AddedTokens Added, DocumentMarks Marks, string Digest, int ModelVocabularySize);
