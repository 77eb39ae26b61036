using System.Text;
using System.Text.Json.Nodes;
using Inheritune.Trainer.Tests.Data;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Tests.Tokenization;

public sealed class BytePairTrainerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Merges_equal_those_of_Hugging_Face()
    {
        var files = BytePairTrainer.Train(GoldenIds.Texts, 420, Cancellation);
        var merges = JsonNode.Parse(files.Content["tokenizer.json"])!["model"]!["merges"]!.AsArray().Select(merge => merge!.GetValue<string>());
        Assert.Equal(GoldenIds.Read<string[]>("merges"), merges);
    }

    [Fact]
    public void The_files_load_and_encode_with_the_end_of_text_as_id_0()
    {
        using var folder = new TemporaryFolder();
        BytePairTrainer.Train(["low lower lowest low low"], 262, Cancellation).Write(folder.Store);
        var tokenizer = TokenizerFolders.Load(folder);
        Assert.Equal((null, 0), (tokenizer.BeginOfDocument, tokenizer.EndOfDocument));
        Assert.Equal(3, tokenizer.Encode("low low low").Count);
        Assert.Equal("low lower é\n", tokenizer.Decode([.. tokenizer.Encode("low lower é\n"), 0]));
        Assert.Equal(TokenizerFiles.Read(folder.Store).Content["tokenizer.json"], BytePairTrainer.Train(["low lower lowest low low"], 262, Cancellation).Content["tokenizer.json"]);
    }

    [Fact]
    public void Too_little_text_gives_a_smaller_vocabulary() =>
        Assert.Equal(258, JsonNode.Parse(BytePairTrainer.Train(["abab"], 1000, Cancellation).Content["tokenizer.json"])!["model"]!["vocab"]!.AsObject().Count);

    [Fact]
    public void Training_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => BytePairTrainer.Train(["abab"], 300, source.Token));
    }

    [Fact]
    public void A_book_is_learnt_in_seconds()
    {
        var book = File.ReadAllText(TestData.Path("corpora/grimms-fairy-tales.txt"), Encoding.UTF8);
        using var folder = new TemporaryFolder();
        BytePairTrainer.Train([book], 4096, Cancellation).Write(folder.Store);
        var tokenizer = TokenizerFolders.Load(folder);
        Assert.Equal(4096, tokenizer.VocabularySize);
        Assert.True(tokenizer.Encode(book).Count < book.Length / 3.5);
    }
}
