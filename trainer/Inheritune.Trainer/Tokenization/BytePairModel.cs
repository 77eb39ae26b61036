namespace Inheritune.Trainer.Tokenization;

/// <summary>The tables of a byte-level BPE tokenizer.</summary>
/// <param name="Vocabulary">Id of each token; bytes are written as their stand-ins, see <see cref="ByteAlphabet"/>.</param>
/// <param name="Merges">Pairs in the order of their rank, written "left right".</param>
/// <param name="PreTokenizer">Splits text into the pieces that are encoded on their own.</param>
/// <param name="IgnoreMerges">A piece that is a token is taken as it is, even if the merges lead elsewhere.</param>
/// <param name="AddsPrefixSpace">A space is put in front of a text that does not begin with one, and of what follows an added token.</param>
internal sealed record BytePairModel(
    IReadOnlyDictionary<string, int> Vocabulary,
    IReadOnlyList<string> Merges,
    PreTokenizer PreTokenizer,
    bool IgnoreMerges,
    bool AddsPrefixSpace = false);
