using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>Exports of the first two of three blocks of each checkpoint, all scored by one call of the peer.</summary>
public sealed class ExportFixture(PeerFixture peer) : IDisposable
{
    public const int Layers = 2;

    /// <summary>nanoGPT's GPT-2: no bias anywhere, which transformers itself cannot write.</summary>
    public const string WithoutBiases = "gpt2-without-biases";

    /// <summary>A tied head together with all biases.</summary>
    public const string TiedWithBiases = "llama-tied-biases";

    private readonly TemporaryFolder _root = new();
    private Task<Dictionary<(string, ExportPrecision), Export>>? _made;

    /// <summary>Every checkpoint in Float32, one of each family in the formats of 16 bits.</summary>
    public static TheoryData<string, ExportPrecision> Cases { get; } = new(
    [
        .. PeerFixture.Names.Select(row => row.Data).Append(WithoutBiases).Append(TiedWithBiases).Select(name => (name, ExportPrecision.Float32)),
        ("gpt2", ExportPrecision.BFloat16), ("gpt2", ExportPrecision.Float16),
        ("llama3-rope", ExportPrecision.BFloat16), ("llama3-rope", ExportPrecision.Float16),
    ]);

    public async Task<Export> ExportAsync(string name, ExportPrecision precision)
    {
        Task<Dictionary<(string, ExportPrecision), Export>> made;
        lock (_root) made = _made ??= MakeAsync();
        return (await made)[(name, precision)];
    }

    public void Dispose() => _root.Dispose();

    private async Task<Dictionary<(string, ExportPrecision), Export>> MakeAsync()
    {
        var tokens = new[] { (await peer.CheckpointAsync("gpt2")).Tokens[0] };
        var exports = new List<((string, ExportPrecision) Case, Export Ours)>();
        foreach (var (name, precision) in Cases.Select(row => row.Data))
            exports.Add(((name, precision), Make(await SourceAsync(name), _root.File($"{name}-{precision}"), precision, tokens)));

        var scores = await PyTorchPeer.ScoreAsync([.. exports.Select(export => new PeerRequest(export.Ours.Folder, tokens))]);
        return exports.Zip(scores).ToDictionary(pair => pair.First.Case, pair => pair.First.Ours with { Peer = pair.Second });
    }

    private async Task<string> SourceAsync(string name) => name switch
    {
        WithoutBiases => Derive((await peer.CheckpointAsync("gpt2")).Folder, name, tensor => !tensor.EndsWith(".bias", StringComparison.Ordinal), _ => { }),
        TiedWithBiases => Derive((await peer.CheckpointAsync("llama-biases")).Folder, name, tensor => tensor != "lm_head.weight", config => config["tie_word_embeddings"] = true),
        _ => (await peer.CheckpointAsync(name)).Folder,
    };

    /// <summary>Another checkpoint with some of the tensors of the first.</summary>
    private string Derive(string source, string name, Func<string, bool> keep, Action<JsonObject> change)
    {
        var checkpoint = Scoring.Open(source);
        using var model = Scoring.Load(source);
        change(checkpoint.Json);
        _root.Write($"{name}/config.json", checkpoint.Json.ToJsonString());
        using (no_grad())
            new FileStore(_root.File(name)).Write(
                "model.safetensors", stream => SafetensorsWriter.Write(stream, model.Parameters.Where(tensor => keep(tensor.Key)), ScalarType.Float32));
        return _root.File(name);
    }

    private static Export Make(string source, string folder, ExportPrecision precision, int[][] tokens)
    {
        var checkpoint = Scoring.Open(source);
        var plan = InheritancePlan.For(checkpoint.Config, new InheritSpec { Layers = Layers });
        using var model = Target.Allocate(plan.Target, CPU);
        Target.Fill(model, plan, checkpoint, 1, SilentStatus.Instance, CancellationToken.None);
        HuggingFaceExporter.Write(model, checkpoint.Json, checkpoint.Store, null, precision, new FileStore(folder));

        Round(model, precision);
        using var again = Scoring.Load(folder);
        return new Export(folder, model.Config.ParameterCount, Scoring.Logits(model, tokens), Scoring.Logits(again, tokens), null!);
    }

    private static void Round(CausalLanguageModel model, ExportPrecision precision)
    {
        if (precision == ExportPrecision.Float32) return;
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var parameter in model.Parameters.Values)
            parameter.copy_(parameter.to(precision == ExportPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float16));
    }
}
