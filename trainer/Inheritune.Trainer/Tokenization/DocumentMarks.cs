namespace Inheritune.Trainer.Tokenization;

/// <summary>Ids that surround a document: GPT-2 ends one with its end of text, Llama begins one with BOS.</summary>
/// <param name="Begin">Id in front of each document, or null.</param>
/// <param name="End">Id behind each document, or null.</param>
internal readonly record struct DocumentMarks(int? Begin, int? End);
