using System.Text.Json;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Tests.Data;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Tests.Tokenization;

public sealed class TokenizerIdsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Llama's own, which may not ship, where it is there; one that is made in the same way everywhere.</summary>
    private static string[] SentencePiece => [.. SharedData.Find("tokenizers/llama-tokenizer.model") is null ? (string[])[] : ["llama"], "grimm", "stories260K"];

    public static TheoryData<string> Names => [.. SentencePiece, "gpt2", "llama3", "qwen2", "digits", "gutenberg"];

    public static TheoryData<string> Reversible => [.. SentencePiece, "gpt2", "llama3", "gutenberg"];

    [Theory, MemberData(nameof(Names))]
    public void Ids_equal_those_of_the_original_libraries_on_awkward_text(string name)
    {
        var tokenizer = LoadForPlainText(name);
        var golden = GoldenIds.Ids(name);
        for (var i = 0; i < golden.Length; i++) Assert.Equal(golden[i], tokenizer.Encode(GoldenIds.Texts[i]));
    }

    [Theory, MemberData(nameof(Names))]
    public void Chunks_give_the_ids_of_the_whole_however_small_they_are(string name)
    {
        var tokenizer = TokenizerFolders.Load(name, _folder);
        var text = File.ReadAllText(TestData.Path("corpora/ulysses-excerpt.txt")) + string.Concat(GoldenIds.Texts);
        text = text.ReplaceLineEndings("\r\n")[..40_000] + text;
        var whole = tokenizer.Encode(text);
        foreach (var chunk in new[] { 1, 7, 64, 1000 })
        {
            var chunked = new List<int>();
            var calls = 0;
            var encoder = new DocumentEncoder(tokenizer, ids => { chunked.AddRange(ids); calls++; }, chunk);
            for (var start = 0; start < text.Length; start += 777)
                encoder.Append(new TextPiece(text[start..Math.Min(start + 777, text.Length)], start + 777 >= text.Length, 0));
            if (tokenizer.BeginOfDocument is { } begin) Assert.Equal(begin, chunked[0]);
            if (tokenizer.EndOfDocument is { } end) Assert.Equal(end, chunked[^1]);
            Assert.Equal(whole, chunked.Skip(tokenizer.BeginOfDocument is null ? 0 : 1).SkipLast(tokenizer.EndOfDocument is null ? 0 : 1));
            Assert.True(calls > text.Length / (20 * chunk + 400), $"only {calls} pieces for chunks of {chunk}");
        }
    }

    [Theory, MemberData(nameof(Reversible))]
    public void Decoding_gives_the_text_back(string name)
    {
        var tokenizer = LoadForPlainText(name);
        // U+2581 is SentencePiece's own sign for a space.
        foreach (var text in GoldenIds.Texts.Where(text => !text.Contains('\u2581')))
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Theory, InlineData("stories260K", 1), InlineData("gpt2-gutenberg-8l", 0)]
    public void The_ids_of_the_golden_log_probabilities_come_out(string checkpoint, int marks)
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(TestData.Path($"checkpoints/{checkpoint}/golden_logprobs.json")));
        var tokenizer = TokenizerFactory.Load(new Trainer.Storage.FileStore(TestData.Path($"checkpoints/{checkpoint}")), "reference");
        var ids = golden.RootElement.GetProperty("tokens").Deserialize<int[]>()!;
        // The log-probabilities may cover only the beginning of the text.
        Assert.Equal(ids[marks..], tokenizer.Encode(golden.RootElement.GetProperty("text").GetString()!).Take(ids.Length - marks));
        Assert.InRange(ids.Length, 30, 1000);
        if (marks == 1) Assert.Equal(ids[0], tokenizer.BeginOfDocument);
    }

    [Fact]
    public void A_lone_half_of_a_character_decodes_to_the_replacement_character()
    {
        var gpt2 = TokenizerFolders.Load("gpt2", _folder);
        var ids = gpt2.Encode("\U00020000");
        Assert.StartsWith("\uFFFD", gpt2.Decode([.. ids.Skip(1)]), StringComparison.Ordinal);
    }

    [Fact]
    public void SentencePiece_drops_the_dummy_prefix_once_and_marks_broken_bytes()
    {
        var llama = TokenizerFolders.Load("grimm", _folder);
        Assert.Equal("Hello world", llama.Decode([1, .. llama.Encode("Hello world"), 2]));
        Assert.Equal(" Hello", llama.Decode(llama.Encode(" Hello")));
        // 0xE4 begins a character of three bytes and 0x41 cannot be in it: Hugging Face gives up the whole run.
        Assert.Equal("\uFFFD\uFFFD", llama.Decode([3 + 0xE4, 3 + 0x41]));
        Assert.Equal("A", llama.Decode([3 + 0x41]));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Special tokens in a text are text, as the fixtures have it.</summary>
    private ITokenizer LoadForPlainText(string name)
    {
        _folder.Write("tokenizer_config.json", """{"split_special_tokens":true}""");
        return TokenizerFolders.Load(name, _folder);
    }
}
