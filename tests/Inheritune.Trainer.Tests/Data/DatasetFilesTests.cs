using System.Runtime.InteropServices;
using Inheritune.Api;
using Inheritune.Trainer.Data;

namespace Inheritune.Trainer.Tests.Data;

/// <summary>What is validated on is never trained on, whatever it is called.</summary>
public sealed class DatasetFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingStatus _status = new();

    public DatasetFilesTests()
    {
        foreach (var (name, size) in new[] { ("train.bin", 9000), ("val.bin", 5000), ("other.bin", 5000) })
            _folder.Write($"data/{name}", [.. Enumerable.Range(0, size).Select(i => (byte)(i < 4990 ? i : name[0] + i))]);
        _folder.Write("sub/held-out.bin", File.ReadAllBytes(Data("val.bin")));
        File.CreateSymbolicLink(_folder.File("link.bin"), "data/val.bin");
        Directory.CreateSymbolicLink(_folder.File("linked"), "data");
        Assert.Equal(0, Link(Data("val.bin"), _folder.File("hard.bin")));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("data/val.bin", "val.bin")]
    [InlineData("link.bin", "val.bin")]
    [InlineData("hard.bin", "val.bin")]
    [InlineData("linked/val.bin", "val.bin")]
    [InlineData("data/../data/val.bin", "val.bin")]
    [InlineData("sub/held-out.bin", "val.bin")]
    [InlineData("sub", "val.bin")]
    public void A_validation_file_within_the_dataset_is_left_out_of_training(string validation, string expected)
    {
        var files = Find("data", validation);
        Assert.Equal(["other.bin", "train.bin"], files.Training.Files.Select(file => file.Info.Key));
        Assert.Equal(5000, files.Validation!.Bytes);
        files.Announce(_status);
        Assert.Contains($"left out, so that nothing is both trained on and validated on: {expected}", Assert.Single(_status.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_nested_folder_a_linked_one_and_each_of_several_copies_are_left_out()
    {
        _folder.Write("data/val/a.bin", "some ids");
        Assert.Equal(["other.bin", "train.bin", "val.bin"], Find("data", "data/val").Training.Files.Select(file => file.Info.Key));
        File.Copy(Data("val.bin"), Data("copy.bin"));
        Directory.CreateSymbolicLink(Data("loop"), "../sub");
        Assert.Equal(["other.bin", "train.bin", "val/a.bin"], Find("data", "sub").Training.Files.Select(file => file.Info.Key));
        Assert.Equal(["copy.bin (the same as " + _folder.File("sub/held-out.bin") + ")", "loop/held-out.bin (the same as " + _folder.File("sub/held-out.bin") + ")", "val.bin (the same as " + _folder.File("sub/held-out.bin") + ")"], Find("data", "sub").LeftOut);
    }

    [Fact]
    public void Files_of_one_size_and_one_beginning_are_different_files()
    {
        var files = Find("data/train.bin", "data/other.bin");
        Assert.Empty(files.LeftOut);
        Assert.Equal(["train.bin", "val.bin"], Find("data", "data/other.bin").Training.Files.Select(file => file.Info.Key));
        _folder.Write("data/empty.bin", "");
        _folder.Write("empty/empty.bin", "");
        Assert.Empty(Find("data", "empty").LeftOut);
    }

    [Theory, InlineData("data/val.bin", "data/val.bin"), InlineData("link.bin", "hard.bin"), InlineData("sub", "data"), InlineData("data", "linked"), InlineData("data/train.bin", "data")]
    public void Where_nothing_is_left_to_train_on_the_validation_data_is_refused(string dataset, string validation)
    {
        var error = Assert.Throws<RunException>(() => Find(dataset, validation));
        Assert.Equal(ExitCode.InvalidInput, error.Code);
        Assert.Contains("spec.dataset.validationUri", error.Message, StringComparison.Ordinal);
        Assert.Contains("nothing is left to train on", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_file_that_comes_twice_no_part_is_held_out_and_trained_on()
    {
        File.Copy(Data("train.bin"), Data("again.bin"));
        File.CreateSymbolicLink(Data("latest.bin"), "other.bin");
        var files = DatasetFiles.Find(new DatasetSpec { Uri = _folder.File("data") }, Stores.Local);
        Assert.Equal(["again.bin", "latest.bin", "val.bin"], files.Training.Files.Select(file => file.Info.Key));
        Assert.Equal([$"other.bin (the same as {Data("latest.bin")})", $"train.bin (the same as {Data("again.bin")})"], files.LeftOut);
        // Whoever validates on other data may train on a file twice.
        Assert.Empty(DatasetFiles.Find(new DatasetSpec { Uri = _folder.File("data"), ValidationUri = _folder.Write("own/x.bin", "ids") }, Stores.Local).LeftOut);
    }

    private string Data(string name) => _folder.File($"data/{name}");

    private DatasetFiles Find(string dataset, string validation) =>
        DatasetFiles.Find(new DatasetSpec { Uri = _folder.File(dataset), ValidationUri = _folder.File(validation) }, Stores.Local);

    [DllImport("libc", EntryPoint = "link", CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
}
