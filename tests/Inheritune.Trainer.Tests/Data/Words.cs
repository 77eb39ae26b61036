using Inheritune.Trainer.Tests.Tokenization;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Tests.Data;

/// <summary>A small trained tokenizer: every byte, "the", " cat" and a few more.</summary>
internal static class Words
{
    public static readonly ITokenizer Tokenizer = Train();

    private static ITokenizer Train()
    {
        using var folder = new TemporaryFolder();
        BytePairTrainer.Train(["the cat and the hat and the cat"], 262, CancellationToken.None).Write(folder.Store);
        return TokenizerFolders.Load(folder);
    }
}
