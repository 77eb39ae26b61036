using System.Security.Cryptography;
using System.Text.Json;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Checkpoints;

public sealed class CheckpointReadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Wide enough that the embedding takes several pieces, and a block has large and small tensors.</summary>
    private static ModelConfig Config { get; } = TinyModels.Gpt2(layers: 2) with { VocabularySize = 20_011, HiddenSize = 128, IntermediateSize = 512 };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Any_layout_of_the_files_gives_the_weights_bit_by_bit_and_one_digest(ScalarType type)
    {
        using var model = TinyModels.Create(Config);
        var stored = model.Parameters.ToDictionary(p => p.Key, p => p.Value.detach().to(type));
        var expected = Convert.ToHexStringLower(SHA256.HashData([.. Config.Parameters().SelectMany(p => SHA256.HashData(stored[p.Name].bytes))]));
        foreach (var (name, shards, order) in Layouts())
        {
            var checkpoint = Write(name, stored, type, shards, order);
            var read = Config.Parameters().ToDictionary(p => p.Name, p => zeros(p.Shape).requires_grad_());
            Assert.Equal(expected, checkpoint.Read(Config.Parameters(), read, _ => { }, TestContext.Current.CancellationToken));
            foreach (var (key, value) in read) Assert.True(value.equal(stored[key].to(ScalarType.Float32)).all().item<bool>(), $"{name} {key}");
        }
    }

    [Fact]
    public void Only_what_is_asked_for_is_read_from_between_the_rest()
    {
        using var model = TinyModels.Create(Config);
        var checkpoint = Write("some", model.Parameters, ScalarType.Float32, 1, p => p.Name);
        var some = Config.Parameters().Where((p, i) => i % 3 != 1 || p.Part == ModelPart.TokenEmbedding).ToList();
        var read = some.ToDictionary(p => p.Name, p => zeros(p.Shape));
        var shares = new List<double>();
        checkpoint.Read(some, read, shares.Add, TestContext.Current.CancellationToken);
        foreach (var (key, value) in read) Assert.True(value.equal(model.Parameters[key]).all().item<bool>(), key);
        Assert.Equal(4 * some.Sum(p => p.Count), checkpoint.BytesRead);
        Assert.Equal(checkpoint.BytesRead, checkpoint.BytesOf(some));
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);
        Assert.Equal(checkpoint.Tensors.Min(t => t.Offset), checkpoint.HeaderBytes);
    }

    [Fact]
    public void Weights_at_odd_places_in_the_file_are_read()
    {
        var expected = new[] { 1.5f, -2.25f, 3e-3f };
        var header = """{"pad":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"w":{"dtype":"F32","shape":[3],"data_offsets":[3,15]},"h":{"dtype":"F16","shape":[1],"data_offsets":[15,17]}}"""u8;
        _folder.Write("odd.safetensors", [.. BitConverter.GetBytes((long)header.Length), .. header, 9, 9, 9, .. expected.SelectMany(BitConverter.GetBytes), .. BitConverter.GetBytes((Half)0.5)]);
        var entries = SafetensorsHeader.Read(_folder.Store, "odd.safetensors").Tensors.ToDictionary(t => t.Name);
        using var single = zeros(3);
        using var half = zeros(1);
        TensorReader.Read(_folder.Store, [(entries["h"], half), (entries["w"], single)], _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal(expected, single.data<float>().ToArray());
        Assert.Equal(0.5f, half.item<float>());
    }

    [Fact]
    public void Reading_stops_between_pieces()
    {
        using var model = TinyModels.Create(Config);
        var checkpoint = Write("stop", model.Parameters, ScalarType.Float32, 1, p => p.Name);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => checkpoint.Read(Config.Parameters(), model.Parameters, _ => stop.Cancel(), stop.Token));
        Assert.InRange(checkpoint.BytesRead, 1, ReadAhead.PieceBytes);
    }

    private static IEnumerable<(string Name, int Shards, Func<ParameterSpec, string> Order)> Layouts() =>
    [
        ("sorted", 1, p => p.Name),
        ("shuffled", 1, p => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(p.Name)))),
        ("sharded", 3, p => p.Name),
    ];

    private Checkpoint Write(string name, IReadOnlyDictionary<string, Tensor> stored, ScalarType type, int shards, Func<ParameterSpec, string> order)
    {
        var store = new FileStore(_folder.File(name));
        var parameters = Config.Parameters().OrderBy(order, StringComparer.Ordinal).Select((p, i) => (p.Name, Shard: i % shards)).ToList();
        string File(int shard) => shards == 1 ? "model.safetensors" : $"model-{shard}.safetensors";
        foreach (var shard in parameters.GroupBy(p => p.Shard))
            store.Write(File(shard.Key), s => SafetensorsWriter.Write(s, shard.Select(p => KeyValuePair.Create(p.Name, stored[p.Name])), type));
        if (shards > 1)
            store.Write("model.safetensors.index.json", s => JsonSerializer.Serialize(s, new { weight_map = parameters.ToDictionary(p => p.Name, p => File(p.Shard)) }));
        store.Write("config.json", s => JsonSerializer.Serialize(s, HuggingFaceConfig.ForExport(Config, null, 0, "float32")));
        return Checkpoint.Open(store, "uri");
    }
}
