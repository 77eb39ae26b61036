namespace Inheritune.Trainer.Tokenization;

/// <summary>Ids that surround a document: GPT-2 ends one with its end of text, Llama begins one with BOS.</summary>
/// <param name="Begin">Id in front of each document, or null.</param>
/// <param name="End">Id behind each document, or null.</param>
/// <param name="EndOfText">Id by which the model says that a text ends (EOS), whether or not documents are marked with it, or null.</param>
internal readonly record struct DocumentMarks(int? Begin, int? End, int? EndOfText);
