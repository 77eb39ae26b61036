using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tests.Storage;

/// <summary>Real refusals of a real file system.</summary>
public sealed class DiskErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_in_place_of_a_file_is_named()
    {
        Directory.CreateDirectory(_folder.File("a.txt"));
        Refused(store => store.Write("a.txt", _ => { }), ExitCode.InvalidInput, "a.txt: is a folder, where a file is needed; remove it");
        Refused(store => store.OpenRead("a.txt"), ExitCode.InvalidInput, "a.txt: is a folder, where a file is needed");
    }

    [Fact]
    public void A_file_in_place_of_a_folder_is_named()
    {
        _folder.Write("file", "");
        Refused(store => store.Write("file/below/a.txt", _ => { }), ExitCode.InvalidInput, $"{_folder.File("file")} is a file, where a folder is needed");
        Refused(store => store.Write("file/a.txt", _ => { }), ExitCode.InvalidInput, $"{_folder.File("file")} is a file, where a folder is needed");
    }

    [Fact]
    public void Names_links_and_locks_have_their_own_words()
    {
        Refused(store => store.Write(new string('a', 300), _ => { }), ExitCode.InvalidInput, "the name is longer than the file system takes; give a shorter one");
        File.CreateSymbolicLink(_folder.File("loop"), _folder.File("loop"));
        Refused(store => store.OpenRead("loop"), ExitCode.InvalidInput, "its links lead round in a circle");
        using var held = new FileStream(_folder.Write("held", "x"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Refused(store => store.OpenRead("held"), ExitCode.InvalidInput, "is in use by another process; wait for it");
        Refused(store => store.OpenRead("none"), ExitCode.InvalidInput, "no such file; check the URI");
    }

    [Fact]
    public void A_full_disk_and_too_many_files_are_told_apart()
    {
        const int full = 28, processFiles = 24, inputOutput = 5;
        Assert.Contains("No space left on device; free space", Said(new IOException("", full)), StringComparison.Ordinal);
        Assert.Contains("too many files are open; raise the limit (ulimit -n)", Said(new IOException("", processFiles)), StringComparison.Ordinal);
        Assert.Contains("Input/output error; check the disk", Said(new IOException("Input/output error", inputOutput)), StringComparison.Ordinal);
        Assert.DoesNotContain("free space", Said(new IOException("", processFiles)), StringComparison.Ordinal);
    }

    private static string Said(IOException e)
    {
        var translated = FileStore.Translate("/data/x", e);
        Assert.Equal(ExitCode.StorageUnavailable, translated.Code);
        return translated.Message;
    }

    private void Refused(Action<FileStore> act, ExitCode code, string message)
    {
        var e = Assert.Throws<RunException>(() => act(new FileStore(_folder.Path)));
        Assert.Equal(code, e.Code);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }
}
