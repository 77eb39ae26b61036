using System.IO.Compression;
using Inheritune.Api;
using Inheritune.Trainer.Data;

namespace Inheritune.Trainer.Tests.Data;

public sealed class CorpusFinderTests : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

    private readonly TemporaryFolder _folder = new();
    private readonly RecordingStatus _status = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Hidden_files_and_copies_of_editors_are_no_data_unless_they_are_named()
    {
        foreach (var name in new[] { "a.txt", "sub/b.txt", ".hidden.txt", "._a.txt", ".ipynb_checkpoints/a-checkpoint.txt", "sub/.git/x/c.txt", "a.txt~", "#a.txt#", ".gitattributes", "sub/._b.txt" }) _folder.Write(name, "text");
        Assert.Equal(["a.txt", "sub/b.txt"], Found(""));
        Assert.Equal([$"{_folder.Path}: passed over 8 hidden such as #a.txt#"], _status.Messages);
        Assert.Equal(["._a.txt"], Found("._a.txt"));
        // Only what is below the dataset counts.
        Assert.Equal(["a-checkpoint.txt"], Found(".ipynb_checkpoints"));
    }

    [Fact]
    public void What_is_passed_over_is_named_once_with_the_remedy_for_what_is_compressed()
    {
        foreach (var name in new[] { "a.jsonl", "b.jsonl.gz", "c.jsonl.gz", "d.JSONL.ZST", "README.md", "LICENSE", "data.csv" }) _folder.Write(name, "{}");
        Assert.Equal(["a.jsonl"], Found(""));
        var said = Assert.Single(_status.Messages);
        foreach (var part in new[] { "2 .gz such as b.jsonl.gz (compressed; unpack with gunzip", ", d.JSONL.ZST (compressed; unpack with unzstd", ", README.md", "data.csv", "LICENSE" }) Assert.Contains(part, said, StringComparison.Ordinal);
        Assert.Empty(_status.Warnings);
    }

    [Fact]
    public void Compressed_data_is_refused_with_the_remedy_by_its_name_and_by_its_bytes()
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write("{\"text\": \"x\"}\n"u8);
        _folder.Write("only/c.jsonl.gz", stream.ToArray());
        _folder.Write("only/README.md", "x");
        _folder.Write("renamed.jsonl", stream.ToArray());
        Refused("only", "holds no dataset file, but compressed ones, such as c.jsonl.gz; unpack them with gunzip");
        Refused("only/c.jsonl.gz", "is compressed; unpack it with gunzip");
        Refused("only/c.jsonl.gz", "is compressed with gzip; unpack it with gunzip", DatasetFormat.JsonLines);
        Refused("renamed.jsonl", "is compressed with gzip");
        _folder.Write("folder/a.txt", stream.ToArray());
        var corpus = Corpus.Training(new DatasetSpec { Uri = _folder.File("folder") }, Stores.Local);
        Assert.Contains("a.txt: is compressed with gzip; unpack", Assert.Throws<RunException>(() => TextCorpus.ReadText(corpus, "text").ToList()).Message, StringComparison.Ordinal);
        _folder.Write("BZh.txt", "BZh is a name, PK another");
        Assert.Equal(["BZh.txt"], Found("BZh.txt"));
    }

    [Theory, InlineData("data.txt"), InlineData("data.jsonl"), InlineData("data.bin")]
    public void A_pointer_of_git_lfs_is_not_taken_for_data(string name)
    {
        _folder.Write($"some/{name}", Pointer);
        _folder.Write($"some/a{name}", new string('1', 2000));
        foreach (var uri in new[] { "some", $"some/{name}" }) Refused(uri, $"{name}: holds a Git LFS pointer and not the file itself; run 'git lfs install' and 'git lfs pull'", field: "");
    }

    [Fact]
    public void What_runs_have_written_into_the_folder_is_no_data()
    {
        _folder.Write("a.txt", "text");
        _folder.Write("runs/one/run.json", """{"name": "one", "recipeHash": "ab", "recipe": {}}""");
        _folder.Write("runs/one/model/merges.txt", "a b");
        _folder.Write("runs/one/metrics.jsonl", "{}");
        _folder.Write("runs/oneself.txt", "text");
        _folder.Write("other/run.json", """{"name": "of another program"}""");
        _folder.Write("other/b.txt", "text");
        _folder.Write("torn/run.json", "{");
        _folder.Write("torn/c.txt", "text");
        Assert.Equal(["a.txt", "other/b.txt", "runs/oneself.txt", "torn/c.txt"], Found(""));
        Assert.Equal([$"{_folder.Path}: left out what runs have written there: runs/one"], _status.Warnings);
        Refused("runs/one", "is the output of a run (run.json)");
        Assert.Equal(["merges.txt"], Found("runs/one/model/merges.txt"));
    }

    [Fact]
    public void A_folder_without_data_says_what_it_has()
    {
        _folder.Write("x/.a.txt", "x");
        _folder.Write("x/b.md", "x");
        Refused("x", "holds no dataset file (found b.md, .a.txt (hidden)); accepted are .txt");
        Refused("x", "holds no JsonLines file", DatasetFormat.JsonLines);
        Refused("nothing", "no such file");
    }

    private IEnumerable<string> Found(string name)
    {
        var corpus = Corpus.Training(new DatasetSpec { Uri = Path.Combine(_folder.Path, name) }, Stores.Local);
        corpus.Announce(_status);
        return corpus.Files.Select(file => file.Info.Key);
    }

    private void Refused(string name, string expected, DatasetFormat format = DatasetFormat.Auto, string field = "spec.dataset.uri")
    {
        var error = Assert.Throws<RunException>(() => Corpus.Training(new DatasetSpec { Uri = _folder.File(name), Format = format }, Stores.Local));
        Assert.Equal(ExitCode.InvalidInput, error.Code);
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
