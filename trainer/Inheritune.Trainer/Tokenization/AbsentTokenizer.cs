namespace Inheritune.Trainer.Tokenization;

/// <summary>Stands where there is no tokenizer that can be used, for data that holds ids already. Whoever gives it text hears why it is not there.</summary>
/// <param name="why">What is wrong with the folder.</param>
/// <param name="modelVocabularySize">Number of the model's ids.</param>
internal sealed class AbsentTokenizer(RunException why, int modelVocabularySize) : ITokenizer
{
    public int VocabularySize => modelVocabularySize;

    public int? BeginOfDocument => null;

    public int? EndOfDocument => null;

    public int? EndOfText => null;

    public string Digest => "";

    public string Description => "none";

    public RunException Why => why;

    public IReadOnlyList<int> Encode(ReadOnlySpan<char> text, TextPart part, CancellationToken cancellation) => throw why;

    public int? LastCut(ReadOnlySpan<char> text, CancellationToken cancellation) => throw why;

    public string Decode(IReadOnlyList<int> ids) => throw why;
}
