using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Tests.Data;

public sealed class TokenCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Text_is_tokenized_once_until_it_changes()
    {
        var spec = Text(2_000);
        var (first, second, third) = (new RecordingStatus(), new RecordingStatus(), new RecordingStatus());
        var digest = Digest(spec, first);
        Assert.Equal(digest, Digest(spec, second));
        Assert.Equal("Tokenizing MB", Assert.Single(first.Stages));
        Assert.Empty(second.Stages);
        Assert.NotEqual(digest, Digest(Text(2_001), third));
        Assert.Single(third.Stages);
    }

    [Fact]
    public void What_a_killed_process_left_behind_is_made_again()
    {
        var spec = Text(2_100);
        var path = Cached(spec);
        var whole = File.ReadAllBytes(path);
        File.Move(path, path.Replace("tokens.bin", "tokens.partial", StringComparison.Ordinal));
        File.AppendAllText(path.Replace("tokens.bin", "tokens.partial", StringComparison.Ordinal), "debris");
        Assert.Equal(whole, File.ReadAllBytes(Cached(spec)));
        Assert.Equal(["lock", "tokens.bin"], Directory.GetFiles(Path.GetDirectoryName(path)!).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Two_at_once_tokenize_once()
    {
        var spec = Text(2_200);
        using var begun = new ManualResetEventSlim();
        var (first, second) = (new RecordingStatus { OnReport = () => { begun.Set(); Thread.Sleep(50); } }, new RecordingStatus());
        var one = Task.Run(() => Digest(spec, first), Cancellation);
        begun.Wait(Cancellation);
        Assert.Equal(Digest(spec, second), await one);
        Assert.Equal((1, 0), (first.Stages.Count, second.Stages.Count));
    }

    [Fact]
    public void Cancelling_stops_at_once_and_the_next_run_succeeds()
    {
        Text(2_300);
        using var source = new CancellationTokenSource();
        var status = new RecordingStatus { OnReport = source.Cancel };
        _folder.Write("z.txt", "never read");
        var folder = new DatasetSpec { Uri = _folder.Path };
        Assert.Throws<OperationCanceledException>(() => TokenizedDataset.Open(folder, Stores.Local, 1, Words.Tokenizer, 262, 16, status, source.Token));
        Assert.Equal(64, Digest(folder, new RecordingStatus()).Length);
    }

    public void Dispose() => _folder.Dispose();

    private DatasetSpec Text(int lines) =>
        new() { Uri = _folder.Write("a.txt", string.Join('\n', Enumerable.Range(0, lines).Select(line => $"the cat {line}"))) };

    private static string Digest(DatasetSpec spec, IRunStatus status)
    {
        using var dataset = TokenizedDataset.Open(spec, Stores.Local, 1, Words.Tokenizer, 262, 16, status, Cancellation);
        return dataset.Digest;
    }

    private static string Cached(DatasetSpec spec)
    {
        var corpus = Corpus.Training(spec, Stores.Local);
        var digest = new CorpusOpener(spec, Words.Tokenizer, 262, null, SilentStatus.Instance, Cancellation).Digest(corpus);
        return TokenCache.Tokenize(corpus, digest, "text", Words.Tokenizer, SilentStatus.Instance, Cancellation);
    }
}
