using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Tests.Tokenization;

public sealed class PreTokenizerTests
{
    [Fact]
    public void Letters_and_digits_above_the_first_plane_are_letters_and_digits()
    {
        // As Hugging Face's ByteLevel, and its Split with Llama 3's pattern, part the text.
        const string Text = "a\U0001D400b 1\U0001D7D8\U0001D7D92\U0001D7D8 \U00010400!\U0001F600\U00020000";
        Assert.Equal(["a\U0001D400b", " 1\U0001D7D8\U0001D7D92\U0001D7D8", " \U00010400", "!\U0001F600", "\U00020000"], Pieces(PreTokenizer.Gpt2, Text));
        Assert.Equal(["a\U0001D400b", " ", "1\U0001D7D8\U0001D7D9", "2\U0001D7D8", " \U00010400", "!\U0001F600", "\U00020000"], Pieces(PreTokenizer.Llama3, Text));
    }

    private static List<string> Pieces(PreTokenizer splitter, string text)
    {
        var pieces = new List<string>();
        splitter.Split(text, piece => pieces.Add(piece.ToString()));
        return pieces;
    }
}
