using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;
using static TorchSharp.torch;

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
    public void Each_token_is_a_sign_of_life()
    {
        var pulse = new Pulse(SilentStatus.Instance, TimeProvider.System);
        new TextGenerator(_model, _tokenizer, ends: []).Continue("the cat", 12, 0, 1, CancellationToken.None, pulse);
        Assert.Equal(12, pulse.Beats);
    }

    [Fact]
    public void The_smallest_temperatures_take_the_most_likely_token_and_any_number_of_tokens_can_be_asked_for()
    {
        var generator = new TextGenerator(_model, _tokenizer);
        Assert.Equal(generator.Continue("the", 24, 0, 1, CancellationToken.None), generator.Continue("the", 24, 1e-320, 1, CancellationToken.None));
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        Assert.True(Record.Exception(() => generator.Continue("the", int.MaxValue, 3, 1, stop.Token)) is null or OperationCanceledException);
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

    [Theory]
    [InlineData(ModelFamily.GPT2, 0)]
    [InlineData(ModelFamily.GPT2, 1.3)]
    [InlineData(ModelFamily.Llama, 0)]
    [InlineData(ModelFamily.Llama, 1.3)]
    public void The_text_is_what_the_whole_window_read_anew_for_each_token_gives(ModelFamily family, double temperature)
    {
        var config = TinyModels.Of(family);
        using var model = TinyModels.Create(config with { VocabularySize = _tokenizer.VocabularySize });
        var ids = new List<int> { 5, 9, 14 };
        var generated = new TextGenerator(model, new Recording(_tokenizer, [], hasEnd: false)).Generate(ids, 60, temperature, 7, CancellationToken.None);

        Assert.Equal(60, generated.Count);
        foreach (var id in generated)
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var window = ids.TakeLast(config.ContextLength).Select(i => (long)i).ToArray();
            var logitsV = model.LastLogits(tensor(window, [1, window.Length])).view(-1);
            // One that is drawn stands where the sum of the probabilities passes the draw.
            var cumulative = temperature == 0 ? null : (logitsV.to(ScalarType.Float64) / temperature).softmax(0).cumsum(0);
            Assert.Equal(cumulative is null ? logitsV.argmax().item<long>() : cumulative.le(CounterRandom.Unit(7, "sample", ids.Count) * cumulative[-1].item<double>()).sum().item<long>(), id);
            ids.Add(id);
        }
    }

    /// <summary>What transformers' own generate makes of the ids that AutoTokenizer gives, and at which ids it stops.</summary>
    [Theory]
    [InlineData("gpt2-gutenberg-8l", "It was a dark and", "\nmored, and the crowd, and the crowd was a little crowd, and\nand the")]
    [InlineData("gpt2-gutenberg-8l", "The captain", ", and the\nflongs of the crowd, and the crowds of the crowd, and")]
    [InlineData("gpt2-gutenberg-8l", "", "     *     *     *     *     *     *     *     *")]
    [InlineData("gpt2-gutenberg-8l", "It was a dark and", "\nmored,", 0, 300, 12)]
    [InlineData("stories260K", "Once upon a time", ", there was a little girl named Lily. She loved to play outside in the p")]
    [InlineData("stories260K", "", "Once upon a time, there was a little girl named Lily. She loved to play outsid")]
    public void The_most_likely_text_is_that_of_transformers(string checkpoint, string prompt, string expected, params int[] ends)
    {
        var opened = Checkpoint.Open(new FileStore(TestData.Path($"checkpoints/{checkpoint}")), "uri");
        using var model = Target.Load(opened, CPU, SilentStatus.Instance, CancellationToken.None);
        var tokenizer = TokenizerFactory.Load(opened.Store, "uri", opened.Config.VocabularySize);
        Assert.Equal(expected, new TextGenerator(model, tokenizer, ends.Length == 0 ? opened.EndOfText.Ids : ends).Continue(prompt, 24, 0, 0, CancellationToken.None));
    }

    private sealed class Recording(ITokenizer inner, List<int> decoded, bool hasEnd = true) : ITokenizer
    {
        public int VocabularySize => inner.VocabularySize;

        public int? BeginOfDocument => inner.BeginOfDocument;

        public int? EndOfDocument => hasEnd ? inner.EndOfDocument : null;

        public int? EndOfText => hasEnd ? inner.EndOfText : null;

        public string Digest => inner.Digest;

        public string Description => inner.Description;

        public IReadOnlyList<int> Encode(ReadOnlySpan<char> text, TextPart part, CancellationToken cancellation) => inner.Encode(text, part, cancellation);

        public string Decode(IReadOnlyList<int> ids)
        {
            decoded.AddRange(ids);
            return inner.Decode([.. ids.Where(id => id < inner.VocabularySize)]);
        }

        public int? LastCut(ReadOnlySpan<char> text, CancellationToken cancellation) => inner.LastCut(text, cancellation);
    }
}
