using System.Text.Json.Nodes;
using Inheritune.Trainer.Tests.Data;

namespace Inheritune.Trainer.Tests.Tokenization;

public sealed class TokenizerFactoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void An_empty_folder_is_refused_with_the_names_that_were_looked_for()
    {
        var error = Assert.Throws<RunException>(() => TokenizerFolders.Load(_folder));
        Assert.Equal(ExitCode.InvalidInput, error.Code);
        foreach (var part in new[] { "spec.reference.uri", _folder.Path, "tokenizer.model", "tokenizer.json", "vocab.json", "merges.txt", "encoder.json", "vocab.bpe" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> Unknown => new()
    {
        { "model.type", "\"Unigram\"", "Unigram" },
        { "model.type", "\"WordPiece\"", "WordPiece" },
        { "model.byte_fallback", "true", "tokenizer.model" },
        { "model.end_of_word_suffix", "\"</w>\"", "end_of_word_suffix" },
        { "normalizer", """{"type":"NFKC"}""", "the normalizer NFKC" },
        { "normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"}]}""", "the normalizer Lowercase" },
        { "pre_tokenizer", """{"type":"Whitespace"}""", "Whitespace" },
        { "pre_tokenizer", """{"type":"Sequence","pretokenizers":[]}""", "Sequence of nothing" },
        { "pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":true}]}""", "add_prefix_space" },
        { "pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Isolated"},{"type":"ByteLevel","use_regex":false}]}""", "\\w+" },
        { "pre_tokenizer", "null", "pre_tokenizer none" },
        { "post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"a"}},{"SpecialToken":{"id":"b"}},{"Sequence":{"id":"A"}}]}""", "more than a token on each side" },
    };

    [Theory, MemberData(nameof(Unknown))]
    public void What_cannot_be_reproduced_is_refused_by_name(string path, string value, string expected)
    {
        _folder.Write("tokenizer.json", TokenizerFolders.SmallJson(json =>
        {
            var keys = path.Split('.');
            var parent = keys.Length == 2 ? json[keys[0]]!.AsObject() : json;
            parent[keys[^1]] = JsonNode.Parse(value);
        }));
        var error = Assert.Throws<RunException>(() => TokenizerFolders.Load(_folder));
        Assert.Equal(ExitCode.InvalidInput, error.Code);
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_byte_is_refused()
    {
        _folder.Write("tokenizer.json", TokenizerFolders.SmallJson(json => json["model"]!["vocab"]!.AsObject().Remove("Z")));
        Assert.Contains("'Z'", Assert.Throws<RunException>(() => TokenizerFolders.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("tokenizer.json", "{"), InlineData("tokenizer.json", "[]"), InlineData("tokenizer.json", """{"model":{}}"""), InlineData("tokenizer.model", "version https://git-lfs.github.com/spec/v1"), InlineData("tokenizer_config.json", "{")]
    public void A_damaged_file_is_named(string name, string content)
    {
        _folder.Write(name, content);
        Assert.Contains(name, Assert.Throws<RunException>(() => TokenizerFolders.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", null, 0)]
    [InlineData("""{"add_bos_token":true,"bos_token":"a"}""", null, 0)]
    [InlineData("""{"eos_token":{"content":"b"}}""", null, 66)]
    public void Documents_end_with_eos_where_the_tokenizer_puts_nothing_around_a_text_whatever_its_config_says(string config, int? begin, int? end)
    {
        _folder.Write("tokenizer.json", TokenizerFolders.SmallJson(_ => { }));
        _folder.Write("tokenizer_config.json", config);
        var tokenizer = TokenizerFolders.Load(_folder);
        Assert.Equal((begin, end), (tokenizer.BeginOfDocument, tokenizer.EndOfDocument));
    }

    [Fact]
    public void A_post_processor_that_puts_a_token_in_front_is_followed_as_Llama_3_has_it()
    {
        _folder.Write("tokenizer.json", TokenizerFolders.SmallJson(json => json["post_processor"] = JsonNode.Parse(
            """{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|endoftext|>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}]}]}""")));
        var tokenizer = TokenizerFolders.Load(_folder);
        Assert.Equal((0, null), (tokenizer.BeginOfDocument, tokenizer.EndOfDocument));
    }

    [Fact]
    public void Llama_begins_documents_unless_its_configuration_denies_it()
    {
        var tokenizer = TokenizerFolders.Load("grimm", _folder);
        Assert.Equal((1, null), (tokenizer.BeginOfDocument, tokenizer.EndOfDocument));
        _folder.Write("tokenizer_config.json", """{"add_bos_token":false,"eos_token":"</s>"}""");
        var without = TokenizerFolders.Load(_folder);
        Assert.Equal((null, 2), (without.BeginOfDocument, without.EndOfDocument));
        Assert.NotEqual(tokenizer.Digest, without.Digest);
    }

    [Fact]
    public void Merges_may_be_strings_or_pairs_and_vocab_json_is_read_like_encoder_json()
    {
        var gpt2 = TokenizerFolders.Load("gpt2", _folder);
        using var other = new TemporaryFolder();
        other.Write("vocab.json", File.ReadAllBytes(TestData.Path("tokenizers/encoder.json")));
        other.Write("merges.txt", File.ReadAllBytes(TestData.Path("tokenizers/vocab.bpe")));
        other.Write("special_tokens_map.json", """{"eos_token":"<|endoftext|>"}""");
        var same = TokenizerFolders.Load(other);
        Assert.Equal((50257, 50256), (same.VocabularySize, same.EndOfDocument));
        Assert.Equal(gpt2.Encode("Inheritance, not initialisation."), same.Encode("Inheritance, not initialisation."));
    }

    public void Dispose() => _folder.Dispose();
}
