using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Tests.Evaluation;

public sealed class TextGeneratorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ITokenizer _tokenizer;
    private readonly CausalLanguageModel _model;

    public TextGeneratorTests()
    {
        BytePairTrainer.Train(["the cat sat on the mat and the dog sat on the cat"], 270, CancellationToken.None).Write(_folder.Store);
        _tokenizer = TokenizerFactory.Load(_folder.Store, "uri");

        // Padded as GPT-2 is in the paper: most ids stand for nothing.
        _model = TinyModels.Create(TinyModels.Gpt2() with { VocabularySize = 2048 });
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Ids_that_the_tokenizer_lacks_are_never_generated()
    {
        var ids = new List<int>();
        var generator = new TextGenerator(_model, new Recording(_tokenizer, ids));
        generator.Continue("the cat", 60, temperature: 3, seed: 1, CancellationToken.None);
        Assert.True(ids.Count > 60);
        Assert.All(ids, id => Assert.InRange(id, 0, _tokenizer.VocabularySize - 1));
    }

    [Fact]
    public void Temperature_zero_is_stable_and_sampling_depends_on_the_seed_alone()
    {
        var generator = new TextGenerator(_model, _tokenizer);
        string Generate(double temperature, int seed) => generator.Continue("the", 24, temperature, seed, CancellationToken.None);

        Assert.Equal(Generate(0, 1), Generate(0, 2));
        Assert.Equal(Generate(1.5, 1), Generate(1.5, 1));
        Assert.NotEqual(Generate(1.5, 1), Generate(1.5, 2));
    }

    [Fact]
    public void A_text_longer_than_the_context_goes_on() =>
        Assert.NotEqual("", new TextGenerator(_model, _tokenizer).Continue(new string('x', 100), 4, 0, 1, CancellationToken.None));

    private sealed class Recording(ITokenizer inner, List<int> decoded) : ITokenizer
    {
        public int VocabularySize => inner.VocabularySize;

        public int? BeginOfDocument => inner.BeginOfDocument;

        public int? EndOfDocument => inner.EndOfDocument;

        public string Digest => inner.Digest;

        public string Description => inner.Description;

        public IReadOnlyList<int> Encode(string text) => inner.Encode(text);

        public string Decode(IReadOnlyList<int> ids)
        {
            decoded.AddRange(ids);
            return inner.Decode([.. ids.Where(id => id < inner.VocabularySize)]);
        }

        public TextCut? LastCut(ReadOnlySpan<char> text) => inner.LastCut(text);
    }
}
