using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Tests.Data;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Tests.Tokenization;

/// <summary>
/// What the files beside a vocabulary say. The fixture holds folders, texts and the ids of AutoTokenizer (transformers 5.12.1, tokenizers 0.23.1); its
/// texts are random mixtures of added tokens, words, white space and marks.
/// </summary>
public sealed class TokenizerSettingsTests : IDisposable
{
    private static readonly JsonArray Cases = GoldenIds.Read<JsonArray>("settings");

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => new(Cases.Select(item => item!["name"]!.GetValue<string>()));

    [Theory, MemberData(nameof(Names))]
    public void Ids_equal_those_of_transformers_whatever_the_files_say(string name)
    {
        var (item, tokenizer) = Load(name);
        var texts = item["texts"].Deserialize<string[]>()!;
        Assert.Equal(item["ids"].Deserialize<int[][]>()!, texts.Select(tokenizer.Encode));
        Assert.Equal(item["decoded"].Deserialize<string[]>()!, texts.Select(text => tokenizer.Decode(tokenizer.Encode(text))));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_document_is_marked_with_what_transformers_puts_around_a_text(string name)
    {
        var (item, tokenizer) = Load(name);
        var around = item["around"].Deserialize<int[]>()!;
        // Where it puts nothing, EOS parts documents.
        var end = around.Length == 0 ? 0 : around.Length == 2 || tokenizer.BeginOfDocument is null ? around[^1] : (int?)null;
        Assert.Equal((tokenizer.EndOfDocument is null || around.Length == 2 ? around[0] : null, end), (tokenizer.BeginOfDocument, tokenizer.EndOfDocument));
    }

    [Theory, MemberData(nameof(Names))]
    public void Chunks_give_the_ids_of_the_whole_however_small_they_are(string name)
    {
        var (item, tokenizer) = Load(name);
        var text = string.Concat(Enumerable.Repeat(string.Join(" so ", item["texts"].Deserialize<string[]>()!) + " and on", 4));
        var whole = tokenizer.Encode(text);
        foreach (var chunk in new[] { 1, 3, 7, 20, 60 })
        {
            var (ids, calls) = (new List<int>(), 0);
            var encoder = new DocumentEncoder(tokenizer, part => { ids.AddRange(part); calls++; }, chunk);
            foreach (var part in text.Chunk(11)) encoder.Append(new TextPiece(new string(part), EndsDocument: false, 0));
            encoder.Append(new TextPiece("", EndsDocument: true, 0));
            Assert.Equal(whole, ids.Skip(tokenizer.BeginOfDocument is null ? 0 : 1).SkipLast(tokenizer.EndOfDocument is null ? 0 : 1));
            Assert.True(calls > 10, $"only {calls} pieces for chunks of {chunk}");
        }
    }

    [Fact]
    public void A_token_beyond_the_model_is_an_error_only_where_a_text_holds_it()
    {
        _folder.Write("tokenizer.json", TokenizerFolders.SmallJson(json => json["added_tokens"]!.AsArray().Add(JsonNode.Parse("""{"id":262,"content":"[PAD]","special":true}"""))));
        var tokenizer = TokenizerFactory.Load(_folder.Store, "uri", 262);
        Assert.Equal(262, tokenizer.VocabularySize);
        Assert.Equal("the cat", tokenizer.Decode(tokenizer.Encode("the cat")));
        var error = Assert.Throws<RunException>(() => tokenizer.Encode("the [PAD] cat"));
        Assert.Equal((ExitCode.InvalidInput, true), (error.Code, error.Message.Contains("'[PAD]' is a token with id 262, for which the model has no row (it has 262)", StringComparison.Ordinal)));
        Assert.Equal(263, TokenizerFactory.Load(_folder.Store, "uri", 300).VocabularySize);
    }

    [Theory]
    [InlineData("tokenizer.json", """{"id":65,"content":"[PAD]"}""", null, "give id 65 to two tokens, 'a' and '[PAD]'")]
    [InlineData("tokenizer.json", """{"id":300,"content":"a"}""", null, "give the token 'a' two ids, 65 and 300")]
    [InlineData("tokenizer.json", null, """{"added_tokens_decoder":{"65":{"content":"[PAD]"}}}""", "give id 65 to two tokens, 'a' and '[PAD]'")]
    [InlineData("tokenizer.json", null, """{"added_tokens_decoder":{"300":{"content":"[PAD]"},"301":{"content":"[PAD]"}}}""", "give the token '[PAD]' two ids, 300 and 301")]
    [InlineData("tokenizer.json", null, """{"added_tokens_decoder":{"-7":{"content":"[PAD]"}}}""", "give the token '[PAD]' the id -7")]
    [InlineData("tokenizer.json", null, """{"added_tokens_decoder":{"99999999999":{"content":"[PAD]"}}}""", "has a tokenizer_config.json beside it that lists a token as \"99999999999\"")]
    [InlineData("tokenizer.json", null, """{"added_tokens_decoder":{"300":{"special":true}}}""", "has a tokenizer_config.json beside it that lists a token as \"300\"")]
    [InlineData("tokenizer.model", null, """{"added_tokens_decoder":{"5":{"content":"[PAD]"}}}""", "give id 5 to two tokens, '<0x02>' and '[PAD]'")]
    [InlineData("tokenizer.model", null, """{"added_tokens_decoder":{"5":{"content":"</s>"}}}""", "give the token '</s>' two ids, 2 and 5")]
    public void Two_tokens_of_one_id_and_one_token_of_two_are_named(string file, string? added, string? config, string expected)
    {
        if (file == "tokenizer.model") TokenizerFolders.Load("stories260K", _folder);
        else _folder.Write(file, TokenizerFolders.SmallJson(json => json["added_tokens"]!.AsArray().Add(added is null ? null : JsonNode.Parse(added))));
        if (added is null && file != "tokenizer.model") _folder.Write(file, TokenizerFolders.SmallJson(_ => { }));
        if (config is not null) _folder.Write("tokenizer_config.json", config);
        var error = Assert.Throws<RunException>(() => TokenizerFolders.Load(_folder));
        Assert.Equal(ExitCode.InvalidInput, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mark_of_documents_beyond_the_model_is_refused_and_an_EOS_beyond_it_marks_none()
    {
        _folder.Write("tokenizer.json", TokenizerFolders.SmallJson(_ => { }));
        _folder.Write("tokenizer_config.json", """{"eos_token":"[EOS]"}""");
        Assert.Equal(0, TokenizerFactory.Load(_folder.Store, "uri", 262).EndOfDocument);
        Assert.Equal(262, TokenizerFactory.Load(_folder.Store, "uri", 263).EndOfDocument);
        _folder.Write("tokenizer.json", TokenizerFolders.SmallJson(json => json["post_processor"] = JsonNode.Parse("""{"type":"RobertaProcessing","cls":["[BOS]",262],"sep":["!",1]}""")));
        Assert.Contains("puts the id 262 around each text", Assert.Throws<RunException>(() => TokenizerFactory.Load(_folder.Store, "uri", 262)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_words_of_one_id_are_named()
    {
        _folder.Write("tokenizer.json", TokenizerFolders.SmallJson(json => json["model"]!["vocab"]!["a"] = 66));
        Assert.Contains("id 66 to two tokens, 'a' and 'b'", Assert.Throws<RunException>(() => TokenizerFolders.Load(_folder)).Message, StringComparison.Ordinal);
        _folder.Write("tokenizer.json", TokenizerFolders.SmallJson(_ => { }).Replace("\"a\":65", "\"a\":65,\"a\":300", StringComparison.Ordinal));
        Assert.Contains("gives the token 'a' two ids, 65 and 300", Assert.Throws<RunException>(() => TokenizerFolders.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|endoftext|>"}},{"Sequence":{"id":"A"}},{"SpecialToken":{"id":"<|endoftext|>"}}]}""", "the cat", "0 cat")]
    [InlineData("""{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|endoftext|>"}},{"Sequence":{"id":"A"}}]}""", "<|endoftext|>the cat", "0 cat")]
    [InlineData("null", "the cat<|endoftext|>", "cat 0")]
    [InlineData("""{"type":"RobertaProcessing","cls":["!",1],"sep":["\"",2]}""", "the cat", "1 cat 2")]
    public void No_mark_stands_twice_between_documents(string processor, string text, string expected)
    {
        _folder.Write("tokenizer.json", TokenizerFolders.SmallJson(json => json["post_processor"] = JsonNode.Parse(processor)));
        var tokenizer = TokenizerFolders.Load(_folder);
        var ids = new List<int>();
        var encoder = new DocumentEncoder(tokenizer, ids.AddRange);
        encoder.Append(new TextPiece(text, EndsDocument: true, 0));
        encoder.Append(new TextPiece(text, EndsDocument: true, 0));
        var document = expected.Split(' ').SelectMany(part => part == "cat" ? tokenizer.Encode("the cat") : [int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)]);
        Assert.Equal([.. document, .. document], ids);
    }

    public void Dispose() => _folder.Dispose();

    private (JsonNode Item, ITokenizer Tokenizer) Load(string name)
    {
        var item = Cases.Single(item => item!["name"]!.GetValue<string>() == name)!;
        var json = JsonNode.Parse(File.ReadAllText(TestData.Path("checkpoints/gpt2-gutenberg-8l/tokenizer.json")))!.AsObject();
        switch (item["base"]!.GetValue<string>())
        {
            case "stories260K":
                foreach (var file in new[] { "tokenizer.model", "tokenizer_config.json" }) _folder.Write(file, File.ReadAllBytes(TestData.Path($"checkpoints/stories260K/{file}")));
                break;
            case "gutenberg":
                foreach (var (key, value) in item["tokenizer"]!.AsObject()) json[key] = value?.DeepClone();
                _folder.Write("tokenizer.json", json.ToJsonString());
                _folder.Write("tokenizer_config.json", File.ReadAllBytes(TestData.Path("checkpoints/gpt2-gutenberg-8l/tokenizer_config.json")));
                break;
            case "vocab.json":
                _folder.Write("vocab.json", json["model"]!["vocab"]!.ToJsonString());
                var merges = json["model"]!["merges"]!.AsArray().Select(merge => merge is JsonArray pair ? $"{pair[0]} {pair[1]}" : $"{merge}");
                _folder.Write("merges.txt", Encoding.UTF8.GetBytes($"#version: 0.2\n{string.Join('\n', merges)}"));
                break;
        }

        foreach (var (file, content) in item["files"]!.AsObject()) _folder.Write(file, content!.ToJsonString());
        return (item, TokenizerFolders.Load(_folder));
    }
}
