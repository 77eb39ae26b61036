using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tests.Storage;

/// <summary>The keys of a mounted Secret.</summary>
public sealed class KeyFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Secret_with_other_keys_is_told_what_it_has_and_how_one_is_made()
    {
        // As the kubelet mounts it: links into a folder whose name begins with two dots.
        _folder.Write("..2026/AWS_ACCESS_KEY_ID", "a");
        foreach (var name in new[] { "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID" }) File.CreateSymbolicLink(_folder.File(name), $"..2026/{name}");
        var said = Assert.Throws<S3Exception>(() => new KeyFolder(_folder.Path).Read()).Message;
        Assert.Contains(_folder.File("accessKeyId"), said);
        Assert.Contains("and this one has AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY. A right one: kubectl create secret generic NAME --from-literal=accessKeyId=...", said);
    }

    [Fact]
    public void Folder_that_is_empty_or_not_there_has_nothing_to_tell()
    {
        foreach (var folder in new[] { _folder.Path, _folder.File("none") })
            Assert.EndsWith("must name a folder with the files accessKeyId and secretAccessKey", Assert.Throws<S3Exception>(() => new KeyFolder(folder).Read()).Message);
    }
}
