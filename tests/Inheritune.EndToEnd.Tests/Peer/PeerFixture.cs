using System.Text.Json;

[assembly: AssemblyFixture(typeof(Inheritune.EndToEnd.Tests.Peer.PeerFixture))]

namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>The peer's random checkpoints of both families, made once per test run when a test first asks for one.</summary>
public sealed class PeerFixture : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("inheritune-checkpoints-");
    private readonly Lazy<Task> _made;

    public PeerFixture() => _made = new(MakeAsync);

    /// <summary>Names of the checkpoints; the test that compares them with the peer's own list keeps this complete.</summary>
    public static TheoryData<string> Names { get; } =
    [
        "gpt2", "gpt2-untied", "gpt2-inverse-layer-scale", "gpt2-unscaled-attention", "gpt2-gelu-inner",
        "gpt2-relu-epsilon", "gpt2-sharded", "gpt2-bf16", "gpt2-f16", "gpt2-published-names",
        "llama-gqa", "llama-tied", "llama-biases", "llama-head-dim", "llama-sharded", "llama-bf16",
        "llama3-rope", "llama3-rope-published",
    ];

    /// <summary>One checkpoint; skips the calling test where the peer cannot be had.</summary>
    public async Task<PeerCheckpoint> CheckpointAsync(string name)
    {
        await _made.Value;
        var folder = Path.Combine(_root.FullName, name);
        await using var expected = File.OpenRead(Path.Combine(folder, "expected.json"));
        var checkpoint = await JsonSerializer.DeserializeAsync<PeerCheckpoint>(expected, PyTorchPeer.Json);
        return checkpoint! with { Folder = folder };
    }

    /// <inheritdoc/>
    public void Dispose() => _root.Delete(recursive: true);

    private async Task MakeAsync()
    {
        var made = await PyTorchPeer.RunAsync<string[]>(
            "make_checkpoints.py", ["--rw", _root.FullName], _root.FullName);
        Assert.Equal(made, Names.Select(row => row.Data));
    }
}
