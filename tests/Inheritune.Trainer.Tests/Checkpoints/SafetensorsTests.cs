using System.Buffers.Binary;
using System.Text;
using Inheritune.Trainer.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Checkpoints;

public sealed class SafetensorsTests : IDisposable
{
    private const string Name = "model.safetensors";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void What_is_written_is_found_again(ScalarType type)
    {
        using var a = randn(3, 5);
        using var b = arange(7, dtype: ScalarType.Float32);
        _folder.Store.Write(Name, stream => SafetensorsWriter.Write(stream, [new("a", a), new("b", b)], type));

        var header = SafetensorsHeader.Read(_folder.Store, Name);
        Assert.Equal(["a", "b"], header.Tensors.Select(t => t.Name));
        Assert.Equal([3L, 5L], header.Tensors[0].Shape);
        Assert.Equal("pt", header.Metadata["format"]);
        Assert.Equal(0, header.Tensors[0].Offset % 8);

        var bytes = new byte[header.Tensors[1].Length];
        _folder.Store.Read(Name, header.Tensors[1].Offset, bytes);
        Assert.Equal(b.to(type).bytes.ToArray(), bytes);
    }

    public static TheoryData<string, string> Lies => new()
    {
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "overlaps" },
        { """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", "lies outside" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[0],"data_offsets":[12,12]}}""", "hole of 4 bytes" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "end at byte" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "twice" },
        { """{"a":{"dtype":"F31","shape":[3],"data_offsets":[0,12]}}""", "unknown element type 'F31'" },
        { """{"a":{"dtype":"F16","shape":[3],"data_offsets":[0,12]}}""", "does not fill its 12 bytes" },
        { """{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,12]}}""", "does not fill" },
        { """{"a":{"dtype":"F32","shape":[-3],"data_offsets":[0,12]}}""", "negative" },
        { """{"a":{"dtype":"F32","shape":[3],"data_offsets":[8,0]}}""", "lies outside" },
        { """{"a":{"dtype":"F32","shape":[3]}}""", "not what the format prescribes" },
        { """{"a":""", "not what the format prescribes" },
        { """[1,2]""", "not what the format prescribes" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_header_that_lies_is_refused(string json, string message)
    {
        var header = Encoding.UTF8.GetBytes(json);
        WriteFile((ulong)header.Length, header, new byte[12]);
        AssertRefused(message);
    }

    [Theory]
    [InlineData(ulong.MaxValue, "more than the format's limit")]
    [InlineData(99_999_999UL, "truncated")]
    public void A_header_length_beyond_the_file_is_refused(ulong length, string message)
    {
        WriteFile(length, "{}"u8.ToArray(), []);
        AssertRefused(message);
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused()
    {
        using var a = randn(4);
        _folder.Store.Write(Name, stream => SafetensorsWriter.Write(stream, [new("a", a)], ScalarType.Float32));
        var whole = File.ReadAllBytes(_folder.File(Name));
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder.File(Name), whole[..length]);
            Assert.Equal(ExitCode.InvalidInput, Assert.Throws<RunException>(() => SafetensorsHeader.Read(_folder.Store, Name)).Code);
        }
    }

    private void AssertRefused(string message)
    {
        var e = Assert.Throws<RunException>(() => SafetensorsHeader.Read(_folder.Store, Name));
        Assert.Equal(ExitCode.InvalidInput, e.Code);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.Contains(Name, e.Message, StringComparison.Ordinal);
    }

    private void WriteFile(ulong length, byte[] header, byte[] data)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, length);
        File.WriteAllBytes(_folder.File(Name), [.. prefix, .. header, .. data]);
    }
}
