namespace Inheritune.Trainer.Tokenization;

/// <summary>A tokenizer of a kind that cannot be reproduced; the loader adds field and file.</summary>
internal sealed class UnsupportedTokenizerException(string message) : Exception(message);
