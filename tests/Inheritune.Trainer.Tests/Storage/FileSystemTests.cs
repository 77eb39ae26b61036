using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tests.Storage;

public sealed class FileSystemTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folders_that_share_their_room_are_told_from_others_through_links_and_before_they_are_made()
    {
        File.CreateSymbolicLink(_folder.File("elsewhere"), "/proc");
        var here = FileSystem.Of(_folder.Path);
        Assert.Equal(here.Id, FileSystem.Of(_folder.File("not/made/yet")).Id);
        Assert.InRange(here.FreeBytes, 1, long.MaxValue);
        Assert.Equal(FileSystem.Of("/proc").Id, FileSystem.Of(_folder.File("elsewhere")).Id);
        Assert.NotEqual(here.Id, FileSystem.Of(_folder.File("elsewhere")).Id);
    }
}
