using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Storage;

namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>References whose files contradict each other: we read them as transformers does, and it loads and saves what we make of them.</summary>
public sealed class PortableExportTests(PeerFixture peer) : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Transformers_agrees_on_references_that_contradict_themselves_and_on_their_exports()
    {
        var llama3 = await Config("llama3-rope");
        var scaling = llama3["rope_parameters"]!.DeepClone().AsObject();
        scaling.Remove("rope_theta");
        (string Name, string Source, Action<JsonObject> Change)[] cases =
        [
            ("own-head-gpt2", "gpt2-untied", config => config["tie_word_embeddings"] = true),
            ("own-head-llama", "llama-gqa", config => config["tie_word_embeddings"] = true),
            ("both-spellings", "llama3-rope", config => (config["rope_theta"], config["rope_scaling"]) = (config["rope_parameters"]!["rope_theta"]!.DeepClone(), scaling)),
        ];
        var tokens = new[] { (await peer.CheckpointAsync("gpt2")).Tokens[0] };
        var requests = new List<PeerRequest>();
        var ours = new List<float[]>();
        foreach (var (name, source, change) in cases)
        {
            var (given, exported) = (Copy((await peer.CheckpointAsync(source)).Folder, name), _root.File($"{name}-exported"));
            Change(given, "config.json", change);
            ours.Add(Export(given, exported, tokens));
            requests.AddRange([new(given, tokens), new(exported, tokens)]);
        }

        // These transformers would not load, or not save again, so that only the export is asked for.
        var spoiled = Copy((await peer.CheckpointAsync("llama-tied")).Folder, "spoiled");
        Change(spoiled, "config.json", config => (config["quantization_config"], config["eos_token_id"]) = (new JsonObject { ["quant_method"] = "fp8", ["fmt"] = "e4m3" }, 0.0));
        _root.Write("spoiled/generation_config.json", """{"do_sample": false, "temperature": 0.9, "top_p": 0.6, "eos_token_id": [[0], [1]], "pad_token_id": -1, "early_stopping": true}""");
        ours.Add(Export(spoiled, _root.File("spoiled-exported"), tokens));
        requests.Add(new(_root.File("spoiled-exported"), tokens));

        var scores = await PyTorchPeer.ScoreAsync([.. requests]);
        Assert.All(scores.Index(), score =>
        {
            Closeness.AssertClose(requests[score.Index].Folder, ours[score.Index / 2], Scoring.Flatten(score.Item));
            Assert.Empty(score.Item.MissingKeys.Concat(score.Item.UnexpectedKeys).Concat(score.Item.MismatchedKeys));
            Assert.Null(score.Item.Unsavable);
        });
    }

    private static float[] Export(string from, string to, int[][] tokens)
    {
        var checkpoint = Scoring.Open(from);
        using var model = Scoring.Load(from);
        HuggingFaceExporter.Write(model, checkpoint.Json, checkpoint.Store, null, ExportPrecision.Float32, new FileStore(to));
        return Scoring.Logits(model, tokens);
    }

    private async Task<JsonObject> Config(string name) => Read(Path.Combine((await peer.CheckpointAsync(name)).Folder, "config.json"));

    private static JsonObject Read(string file) => JsonNode.Parse(File.ReadAllText(file))!.AsObject();

    private string Copy(string folder, string name)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) _root.Write($"{name}/{Path.GetFileName(file)}", File.ReadAllBytes(file));
        return _root.File(name);
    }

    private static void Change(string folder, string file, Action<JsonObject> change)
    {
        var json = Read(Path.Combine(folder, file));
        change(json);
        File.WriteAllText(Path.Combine(folder, file), json.ToJsonString());
    }
}
