using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tests.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Checkpoints;

/// <summary>A whole model in a folder, until a test changes its tensors, its configuration or a file.</summary>
internal sealed class ReferenceFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public ReferenceFolder(ModelConfig config)
    {
        using var model = TinyModels.Create(config);
        HuggingFaceExporter.Write(model, null, Store, endOfText: 0, ExportPrecision.Float32, Store);
        Tensors = model.Parameters.ToDictionary(p => p.Key, p => p.Value.detach().clone(), StringComparer.Ordinal);
    }

    public static ModelConfig Config(string family) => TinyModels.Of(Enum.Parse<ModelFamily>(family));

    /// <summary>Names of embedding and head.</summary>
    public static (string Embedding, string Head) Tables(string family) => (family == "GPT2" ? "transformer.wte.weight" : "model.embed_tokens.weight", "lm_head.weight");

    public FileStore Store => _folder.Store;

    public RecordingStatus Status { get; } = new();

    /// <summary>What <see cref="Save"/> writes.</summary>
    public Dictionary<string, Tensor> Tensors { get; set; }

    public ReferenceFolder Save(ScalarType type = ScalarType.Float32)
    {
        Store.Write("model.safetensors", stream => SafetensorsWriter.Write(stream, Tensors, type));
        return this;
    }

    /// <summary>Writes tensors whose bytes are all zero.</summary>
    public void SaveZeros(params (string Name, string Dtype, long[] Shape)[] tensors)
    {
        var (header, offset) = (new JsonObject(), 0L);
        foreach (var (name, dtype, shape) in tensors)
        {
            var end = offset + shape.Aggregate(TensorDtype.BitsOf(dtype) / 8L, (product, d) => product * d);
            header[name] = new JsonObject { ["dtype"] = dtype, ["shape"] = JsonSerializer.SerializeToNode(shape), ["data_offsets"] = new JsonArray(offset, end) };
            offset = end;
        }

        var json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        Write("model.safetensors", [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[offset]]);
    }

    public void Write(string name, string text) => _folder.Write(name, text);

    public void Write(string name, byte[] content) => _folder.Write(name, content);

    public string Text(string name) => _folder.Text(name);

    public JsonObject Json(string name) => JsonNode.Parse(Text(name))!.AsObject();

    public void Change(string file, Action<JsonObject> change)
    {
        var json = Json(file);
        change(json);
        _folder.Write(file, json.ToJsonString());
    }

    public void Delete(string name) => System.IO.File.Delete(_folder.File(name));

    public Checkpoint Open(bool glance = false) => Checkpoint.Open(Store, "uri", Status, glance);

    public CausalLanguageModel Load(InheritancePlan? heir = null) => Target.Load(Open(), CPU, SilentStatus.Instance, CancellationToken.None, heir);

    /// <summary>Asserts that it is refused as the user should see it.</summary>
    public void ShouldFail(Action attempt, params ReadOnlySpan<string> said)
    {
        var e = Assert.Throws<RunException>(attempt);
        TestContext.Current.TestOutputHelper?.WriteLine(e.Message);
        Assert.Equal(ExitCode.InvalidInput, e.Code);
        Assert.Contains(_folder.Path, e.Message, StringComparison.Ordinal);
        foreach (var part in said) Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }
}
