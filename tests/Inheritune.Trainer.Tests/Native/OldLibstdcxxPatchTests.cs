using System.Buffers.Binary;
using System.Text;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Tests.Data;

namespace Inheritune.Trainer.Tests.Native;

public sealed class OldLibstdcxxPatchTests
{
    private const string NewVersion = "GLIBCXX_3.4.32";

    [Fact]
    public void Only_the_symbol_name_its_version_and_the_weak_flag_change()
    {
        var before = File.ReadAllBytes(Find("libLibTorchSharp.so"));
        var after = OldLibstdcxxPatch.Apply(before);
        Assert.Equal(before.Length, after.Length);
        var changed = Enumerable.Range(0, before.Length).Where(i => before[i] != after[i]).ToArray();

        // A symbol's first field is its name: four bytes, at a multiple of eight. The old name says where the names begin.
        var symbol = changed[0] / 8 * 8;
        var names = before.AsSpan().IndexOf("\0_ZSt21ios_base_library_initv\0"u8) + 1 - Int32(before, symbol);
        var name = "THSAutograd_isGradEnabled\0"u8;
        Assert.Equal(name, after.AsSpan(names + Int32(after, symbol), name.Length));

        // The requirement of a version begins with a hash of its name; flags and the version's number follow it.
        var requirement = changed[^1] / 4 * 4 - 4;
        Assert.Equal(ElfHash(NewVersion), (uint)Int32(before, requirement));
        Assert.Equal((0, 2), (Int16(before, requirement + 4), Int16(after, requirement + 4)));

        // The symbol asked for that number, and now for no version in particular.
        var version = changed.First(i => i >= symbol + 4) / 2 * 2;
        Assert.Equal((Int16(before, requirement + 6), 1), (Int16(before, version), Int16(after, version)));

        Assert.All(changed, i => Assert.True(
            i - symbol is >= 0 and < 4 || i - version is >= 0 and < 2 || i - requirement is >= 4 and < 6, $"byte {i} has changed, too"));
    }

    [Fact]
    public void What_is_not_this_library_is_refused()
    {
        var library = File.ReadAllBytes(Find("libLibTorchSharp.so"));
        byte[][] others =
        [
            [], [.. "\x7F"u8, .. "ELF"u8], new byte[4096], Encoding.UTF8.GetBytes(new string('x', 4096)), File.ReadAllBytes(Find("libc10.so")),
            File.ReadAllBytes(Environment.ProcessPath!), library[..64], library[..(library.Length / 2)], OldLibstdcxxPatch.Apply(library),
        ];
        Assert.All(others, image => Assert.Throws<InvalidDataException>(() => OldLibstdcxxPatch.Apply(image)));
    }

    [Fact]
    public void The_loader_acts_only_where_libstdcxx_is_too_old_and_says_so()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("the loader acts on Linux only");
        var status = new RecordingStatus();
        TorchLoader.Load(status);

        var mapped = File.ReadAllLines("/proc/self/maps");
        var standardLibrary = mapped.First(line => line.Contains("/libstdc++.so", StringComparison.Ordinal));
        var isNew = File.ReadAllBytes(standardLibrary[standardLibrary.IndexOf('/')..]).AsSpan().IndexOf(Encoding.ASCII.GetBytes(NewVersion)) >= 0;
        Assert.Equal(isNew, !mapped.Any(line => line.Contains("memfd:libLibTorchSharp.so", StringComparison.Ordinal)));
        if (isNew) Assert.Empty(status.Messages);
        else Assert.Contains(NewVersion, Assert.Single(status.Messages), StringComparison.Ordinal);
    }

    private static string Find(string name) => Directory.EnumerateFiles(AppContext.BaseDirectory, name, SearchOption.AllDirectories).First();

    private static int Int32(byte[] image, int offset) => BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(offset));

    private static int Int16(byte[] image, int offset) => BinaryPrimitives.ReadInt16LittleEndian(image.AsSpan(offset));

    /// <summary>The hash of the System V ABI.</summary>
    private static uint ElfHash(string name)
    {
        var hash = 0u;
        foreach (var c in name)
        {
            hash = (hash << 4) + c;
            var high = hash & 0xF0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return hash;
    }
}
