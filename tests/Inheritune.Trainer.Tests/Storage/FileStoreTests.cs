using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tests.Storage;

public sealed class FileStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_link_is_the_file_that_it_leads_to()
    {
        _folder.Write("blobs/0", "twelve bytes");
        _folder.Write("blobs/1", "twelve bytez");
        Directory.CreateDirectory(_folder.File("snapshots/a b 中"));
        File.CreateSymbolicLink(_folder.File("snapshots/a b 中/größe ✓.txt"), "../../blobs/0");
        // Seen through this link, "../.." is the folder above the snapshots and not the one above the link.
        Directory.CreateSymbolicLink(_folder.File("short"), "snapshots/a b 中");

        foreach (var root in new[] { "snapshots/a b 中", "short" })
        {
            var store = new FileStore(_folder.File(root));
            var seen = store.Stat("größe ✓.txt");
            Assert.Equal(12, seen?.Size);
            Assert.Equal([seen!], store.List(""));
            Assert.Equal(_folder.Store.Stat("blobs/0")!.Version, seen!.Version);
            var bytes = new byte[12];
            store.Read("größe ✓.txt", 0, bytes);
            Assert.Equal("twelve bytes"u8.ToArray(), bytes);
        }

        var before = _folder.Store.Stat("short/größe ✓.txt")!.Version;
        File.SetLastWriteTimeUtc(_folder.File("blobs/1"), File.GetLastWriteTimeUtc(_folder.File("blobs/0")));
        File.Delete(_folder.File("short/größe ✓.txt"));
        File.CreateSymbolicLink(_folder.File("short/größe ✓.txt"), "../../blobs/1");
        Assert.NotEqual(before, _folder.Store.Stat("short/größe ✓.txt")!.Version);
    }

    [Fact]
    public void A_link_to_nowhere_or_in_a_circle_is_a_file_that_is_not_there()
    {
        _folder.Write("a.txt", "a");
        File.CreateSymbolicLink(_folder.File("dangling.txt"), "nowhere");
        File.CreateSymbolicLink(_folder.File("one.txt"), "two.txt");
        File.CreateSymbolicLink(_folder.File("two.txt"), "one.txt");
        File.CreateSymbolicLink(_folder.File("below.txt"), "a.txt/below");
        foreach (var name in new[] { "dangling.txt", "one.txt", "below.txt", new string('x', 300) }) Assert.Null(_folder.Store.Stat(name));
        Assert.Equal(["a.txt"], Keys());
    }

    [Fact]
    public void Linked_folders_are_listed_and_circles_of_folders_end()
    {
        _folder.Write("elsewhere/deep/x.txt", "x");
        _folder.Write("data/a.txt", "a");
        Directory.CreateDirectory(_folder.File("data/lost+found"));
        Directory.CreateSymbolicLink(_folder.File("data/linked"), "../elsewhere");
        Directory.CreateSymbolicLink(_folder.File("data/again"), "../elsewhere/deep");
        Directory.CreateSymbolicLink(_folder.File("elsewhere/deep/up"), "../../data");
        Directory.CreateSymbolicLink(_folder.File("data/self"), ".");
        var store = new FileStore(_folder.File("data"));
        Assert.Equal(["a.txt", "again/x.txt", "linked/deep/x.txt"], store.List("").Select(info => info.Key));
        Assert.Equal(["linked/deep/x.txt"], store.List("linked/de").Select(info => info.Key));
        Assert.Empty(store.List("nothing/"));

        // Where the owner tidies up, what is linked in belongs to another.
        var other = _folder.Write("elsewhere/other.partial", "");
        store.RemoveUnfinished();
        Assert.True(File.Exists(other));
    }

    [Fact]
    public void A_place_within_a_folder_is_known_through_links_and_before_it_is_there()
    {
        _folder.Write("data/sub/a.txt", "a");
        _folder.Write("elsewhere/x.txt", "x");
        Directory.CreateSymbolicLink(_folder.File("data/linked"), "../elsewhere");
        Directory.CreateSymbolicLink(_folder.File("alias"), "data/sub");
        var store = new FileStore(_folder.File("data"));
        foreach (var inside in new[] { "data", "data/", "data/out", "data/sub/new/out", "alias/out", "elsewhere/out", "data/../data/sub", "alias" })
            Assert.True(store.Contains(new FileStore(_folder.File(inside))), inside);
        foreach (var outside in new[] { "", "out", "database", "data-out/x", "elsewhere-not" }) Assert.False(store.Contains(new FileStore(_folder.File(outside))), outside);
    }

    private IEnumerable<string> Keys() => _folder.Store.List("").Select(info => info.Key);
}
