using System.Security.Cryptography;
using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

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
    public void What_the_bytes_are_decides_and_not_how_they_were_reached()
    {
        var first = _folder.Write("first.txt", string.Concat(Enumerable.Repeat("the cat and the hat\n", 50)));
        var second = _folder.Write("second.txt", string.Concat(Enumerable.Repeat("the hat and the cat\n", 50)));
        var when = DateTime.UnixEpoch;
        foreach (var path in new[] { first, second }) File.SetLastWriteTimeUtc(path, when);
        var link = _folder.File("link.txt");
        File.CreateSymbolicLink(link, "first.txt");
        var digests = new[] { first, second }.Select(path => Digest(new DatasetSpec { Uri = path }, SilentStatus.Instance)).ToList();
        Assert.NotEqual(digests[0], digests[1]);
        Assert.Equal(digests[0], Digest(new DatasetSpec { Uri = link }, SilentStatus.Instance));

        // Another target of the same length and age, the same bytes anew, and other bytes in the same file.
        File.Delete(link);
        File.CreateSymbolicLink(link, "second.txt");
        Assert.Equal(digests[1], Digest(new DatasetSpec { Uri = link }, SilentStatus.Instance));
        File.SetLastWriteTimeUtc(second, DateTime.UtcNow);
        Assert.Equal(digests[1], Digest(new DatasetSpec { Uri = second }, SilentStatus.Instance));
        File.WriteAllText(second, File.ReadAllText(first));
        File.SetLastWriteTimeUtc(second, when);
        var status = new RecordingStatus();
        Assert.Equal(digests[0], Digest(new DatasetSpec { Uri = second }, status));
        Assert.Empty(status.Stages);
    }

    [Fact]
    public void A_large_file_is_read_for_its_digest_once_until_the_kernel_says_that_it_has_changed()
    {
        var path = _folder.Write("large.bin", new byte[2 << 20]);
        string Digest() => new ContentDigests(SilentStatus.Instance, Cancellation).Identify(Corpus.Training(new DatasetSpec { Uri = path }, Stores.Local)).Contents![0];
        var digests = Path.Combine(CacheFolder.Location, "digests");
        var before = Directory.Exists(digests) ? Directory.GetFiles(digests) : [];
        Assert.Equal($"sha256:{Convert.ToHexStringLower(SHA256.HashData(new byte[2 << 20]))}", Digest());
        Assert.Equal(before, Directory.Exists(digests) ? Directory.GetFiles(digests) : []);
        // A younger file may change again within a tick of the file system's clock.
        Thread.Sleep(TimeSpan.FromSeconds(2.1));
        Digest();
        var kept = Assert.Single(Directory.GetFiles(digests).Except(before));
        var other = $"sha256:{new string('0', 64)}";
        File.WriteAllText(kept, other);
        Assert.Equal(other, Digest());
        var when = File.GetLastWriteTimeUtc(path);
        using (var file = File.OpenWrite(path)) file.WriteByte(1);
        File.SetLastWriteTimeUtc(path, when);
        Assert.NotEqual(other, Digest());
    }

    [Fact]
    public void A_text_that_is_written_meanwhile_is_refused_and_not_kept()
    {
        var spec = Text(2_400);
        var status = new RecordingStatus { OnReport = () => File.AppendAllText(spec.Uri, "more") };
        var error = Assert.Throws<RunException>(() => Digest(spec, status));
        Assert.Contains("a.txt: changed while it was being read", error.Message, StringComparison.Ordinal);
        var again = new RecordingStatus();
        Digest(spec, again);
        Assert.Single(again.Stages);
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
