using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Tests.Data;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Tests.Tokenization;

/// <summary>Texts that white space never parts. They measure time, so nothing runs beside them.</summary>
[Collection(nameof(RunsAlone))]
public sealed class LongPieceTests : IDisposable
{
    private const int Length = 20_000;

    private readonly TemporaryFolder _folder = new();

    /// <summary>Number of ids and SHA-256 of their list, from tokenizers 0.23.1 and sentencepiece 0.2.2.</summary>
    public static TheoryData<string, string, int, string> Golden => new()
    {
        { "gutenberg", "letters", 15945, "e8ad64db4fbfc122" },
        { "gpt2", "letters", 11921, "c8784e2f219d3cfa" },
        { "llama3", "letters", 11921, "c8784e2f219d3cfa" },
        { "grimm", "letters", 16765, "ff4fff495338f166" },
        { "stories260K", "letters", 18742, "a4fff3f83d10a833" },
        { "gutenberg", "acgt", 13482, "17c96bd71d3af24f" },
        { "gpt2", "acgt", 10360, "66cb4f02d5e986fc" },
        { "llama3", "acgt", 10360, "66cb4f02d5e986fc" },
        { "grimm", "acgt", 15278, "895d8175f319b5f0" },
        { "stories260K", "acgt", 18787, "88c32a7ed94b6167" },
        { "gutenberg", "spaces", 1250, "19f6c5962132dd48" },
        { "gpt2", "spaces", 20000, "0f8047c95e35dff8" },
        { "llama3", "spaces", 20000, "0f8047c95e35dff8" },
        { "grimm", "spaces", 10001, "3ecf611ee659cbe0" },
        { "stories260K", "spaces", 20001, "0d5e4fca991f4034" },
        { "gutenberg", "chinese", 60000, "f0647f10325fe2ac" },
        { "gpt2", "chinese", 48342, "d8e81be59d553a09" },
        { "llama3", "chinese", 48342, "d8e81be59d553a09" },
        { "grimm", "chinese", 60001, "5825699afd892c7a" },
        { "stories260K", "chinese", 60001, "849150e7abff7af4" },
        { "gutenberg", "base64", 19186, "259c154a49dde285" },
        { "gpt2", "base64", 15364, "a3bbe0c7c0ae364d" },
        { "llama3", "base64", 15367, "dec7ccdc0b5351b1" },
        { "grimm", "base64", 19338, "b9d5242016f53400" },
        { "stories260K", "base64", 19801, "6692927eff94fc67" },
        { "gutenberg", "symbols", 19638, "b0ffeebe5e3d6508" },
        { "gpt2", "symbols", 15143, "41b81b68c94ade2b" },
        { "llama3", "symbols", 14946, "b1d2f52e8d772a6d" },
        { "grimm", "symbols", 19442, "b510049a5d681b09" },
        { "stories260K", "symbols", 20001, "dd382d69834d8f29" },
    };

    [Theory, MemberData(nameof(Golden))]
    public void Ids_equal_those_of_the_original_libraries_whole_and_in_chunks(string name, string kind, int count, string digest)
    {
        var tokenizer = TokenizerFolders.Load(name, _folder);
        var text = Text(kind, Length);
        var whole = tokenizer.Encode(text);
        Assert.Equal(count, whole.Count);
        Assert.Equal(digest, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(',', whole))))[..digest.Length]);

        foreach (var chunk in new[] { 16, 500 })
        {
            var chunked = new List<int>();
            var encoder = new DocumentEncoder(tokenizer, chunked.AddRange, chunk);
            for (var start = 0; start < Length; start += 250) encoder.Append(new TextPiece(text.Substring(start, 250), start + 250 == Length, 0));
            Assert.Equal(whole, chunked.Skip(tokenizer.BeginOfDocument is null ? 0 : 1).SkipLast(tokenizer.EndOfDocument is null ? 0 : 1));
        }
    }

    [Theory]
    [InlineData("gpt2", "chinese"), InlineData("gpt2", "letters"), InlineData("gpt2", "symbols"), InlineData("gpt2", "base64")]
    [InlineData("llama3", "chinese"), InlineData("llama3", "symbols"), InlineData("gutenberg", "acgt")]
    [InlineData("grimm", "chinese"), InlineData("grimm", "letters"), InlineData("stories260K", "spaces")]
    public void Little_is_held_back_wherever_no_token_reaches_across(string name, string kind)
    {
        const int Chunk = 2048;
        var encoder = new DocumentEncoder(TokenizerFolders.Load(name, _folder), _ => { }, Chunk);
        var text = Text(kind, 50 * Chunk);
        for (var start = 0; start < text.Length; start += Chunk)
        {
            encoder.Append(new TextPiece(text.Substring(start, Chunk), EndsDocument: false, 0));
            Assert.True(encoder.Uncut <= Chunk, $"no place to cut in {encoder.Uncut} characters");
        }
    }

    [Theory, InlineData("gpt2", "letters"), InlineData("gpt2", "spaces"), InlineData("llama3", "spaces"), InlineData("gutenberg", "acgt"), InlineData("grimm", "acgt"), InlineData("grimm", "spaces")]
    public void A_million_characters_take_a_few_seconds(string name, string kind)
    {
        var tokenizer = TokenizerFolders.Load(name, _folder);
        var (text, clock) = (Text(kind, 1_000_000), Stopwatch.StartNew());
        Assert.True(tokenizer.Encode(text).Count > 50_000);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);
    }

    [Theory, InlineData("gpt2"), InlineData("grimm")]
    public void A_piece_of_any_length_can_be_cancelled(string name)
    {
        var tokenizer = TokenizerFolders.Load(name, _folder);
        var text = Text("acgt", 20_000_000);
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
        var clock = Stopwatch.StartNew();
        Assert.Throws<OperationCanceledException>(() => tokenizer.Encode(text, TextPart.Whole, source.Token));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.4, 3);
    }

    [Fact]
    public void A_tokenizer_is_trained_on_one_long_word_in_seconds_and_can_be_cancelled()
    {
        var clock = Stopwatch.StartNew();
        var files = BytePairTrainer.Train([Text("letters", 1_000_000)], 500, TestContext.Current.CancellationToken);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        files.Write(_folder.Store);
        Assert.Equal(500, TokenizerFolders.Load(_folder).VocabularySize);
    }

    [Fact]
    public void A_cut_does_not_part_what_normalization_joins()
    {
        var pattern = JsonSerializer.Serialize(TokenizerFolders.Llama3Pattern);
        _folder.Write("tokenizer.json", TokenizerFolders.SmallJson(json =>
        {
            json["normalizer"] = JsonNode.Parse("""{"type":"NFC"}""");
            json["pre_tokenizer"] = JsonNode.Parse($$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":{{pattern}}},"behavior":"Isolated"},{"type":"ByteLevel","use_regex":false}]}""");
        }));
        var tokenizer = TokenizerFolders.Load(_folder);
        var text = Text("marks", 3000);
        var whole = tokenizer.Encode(text);
        for (var chunk = 1; chunk < 40; chunk += 2)
        {
            var chunked = new List<int>();
            new DocumentEncoder(tokenizer, chunked.AddRange, chunk).Append(new TextPiece(text, EndsDocument: true, 0));
            Assert.Equal(whole, chunked.SkipLast(1));
        }
    }

    [Fact]
    public void What_no_memory_holds_is_refused_with_its_place()
    {
        var encoder = new DocumentEncoder(TokenizerFolders.Load("gutenberg", _folder), _ => { }, chunk: 100) { MostUncut = 1000, Source = "blank.txt" };
        var error = Assert.Throws<RunException>(() => encoder.Append(new TextPiece(Text("spaces", 5000), EndsDocument: true, 5000)));
        Assert.Equal(ExitCode.InvalidInput, error.Code);
        Assert.StartsWith("blank.txt: more than 800 characters in a row, up to byte 5,000,", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string Text(string kind, int length)
    {
        var (random, text) = (1L, new StringBuilder(length));
        var alphabet = kind switch
        {
            "letters" => "abcdefghijklmnopqrstuvwxyz",
            "acgt" => "acgt",
            "spaces" => " ",
            "base64" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            "marks" => "thee\u0301!acat\u0327\u4E2D\u1100\u1161\u11A8\u00E9 1",
            "symbols" => "-=|#*+ \n",
            _ => string.Concat(Enumerable.Range(0x4E00, 3000).Select(letter => (char)letter)),
        };
        for (var i = 0; i < length; i++)
        {
            random = (random * 1103515245 + 12345) % (1L << 31);
            text.Append(alphabet[(int)((random >> 16) % alphabet.Length)]);
        }

        return text.ToString();
    }
}
