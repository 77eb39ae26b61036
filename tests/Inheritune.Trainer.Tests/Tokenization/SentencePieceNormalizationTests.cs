using System.Text.Json;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Tests.Data;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Tests.Tokenization;

/// <summary>A model with sentencepiece's default settings, and variants of it, on texts that the normalization changes.</summary>
public sealed class SentencePieceNormalizationTests : IDisposable
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllBytes(TestData.Path("tokenizers/sentencepiece.json"))).RootElement;
    private static readonly string[] Texts = Golden.GetProperty("texts").Deserialize<string[]>()!;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => new(Golden.GetProperty("variants").EnumerateArray().Select(variant => variant.GetProperty("name").GetString()!).ToArray());

    [Theory, MemberData(nameof(Names))]
    public void Ids_and_decoded_text_equal_those_of_sentencepiece(string name)
    {
        var (tokenizer, ids, decoded) = Load(name);
        for (var i = 0; i < Texts.Length; i++)
        {
            Assert.Equal(ids[i], tokenizer.Encode(Texts[i]));
            Assert.Equal(decoded[i], tokenizer.Decode(ids[i]));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Wherever_a_document_is_cut_its_ids_stay_the_same(string name)
    {
        var (tokenizer, ids, _) = Load(name);
        var cuts = 0;
        for (var i = 0; i < Texts.Length; i++)
            foreach (var chunk in new[] { 1, 5, 16 })
            {
                var parts = new List<IReadOnlyList<int>>();
                new DocumentEncoder(tokenizer, parts.Add, chunk).Append(new TextPiece(Texts[i], EndsDocument: true, 0));
                // What becomes nothing leaves no mark either.
                Assert.Equal(ids[i] is [] ? [] : [tokenizer.BeginOfDocument!.Value, .. ids[i]], parts.SelectMany(part => part));
                cuts += parts.Count;
            }

        Assert.True(cuts > 5 * Texts.Length, $"only {cuts} parts");
    }

    [Theory]
    [InlineData(new byte[] { 0x12, 2, 0x18, 1 }, "Unigram")]
    [InlineData(new byte[] { 0x12, 2, 0x18, 4 }, "Char")]
    [InlineData(new byte[] { 0x0A, 5, 0x0A, 1, (byte)'~', 0x18, 5 }, "unused")]
    [InlineData(new byte[] { 0x2A, 3, 0x12, 1, 1 }, "denormalizer_spec")]
    [InlineData(new byte[] { 0x1A, 3, 0x12, 1, 1 }, "cut short")]
    public void What_would_give_other_ids_is_refused_by_name(byte[] append, string expected)
    {
        _folder.Write("tokenizer.model", [.. File.ReadAllBytes(TestData.Path("tokenizers/nmt-nfkc.model")), .. append]);
        var error = Assert.Throws<RunException>(() => TokenizerFolders.Load(_folder));
        Assert.Equal(ExitCode.InvalidInput, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private (ITokenizer Tokenizer, int[][] Ids, string[] Decoded) Load(string name)
    {
        var variant = Golden.GetProperty("variants").EnumerateArray().Single(variant => variant.GetProperty("name").GetString() == name);
        _folder.Write("tokenizer.model", [.. File.ReadAllBytes(TestData.Path("tokenizers/nmt-nfkc.model")), .. variant.GetProperty("append").GetBytesFromBase64()]);
        // Special tokens in a text are text, as they are for sentencepiece.
        _folder.Write("tokenizer_config.json", """{"split_special_tokens":true}""");
        return (TokenizerFolders.Load(_folder), variant.GetProperty("ids").Deserialize<int[][]>()!, variant.GetProperty("decoded").Deserialize<string[]>()!);
    }
}
