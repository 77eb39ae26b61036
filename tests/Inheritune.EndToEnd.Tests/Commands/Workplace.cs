using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Trainer;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>
/// A temporary folder with a tiny reference of four GPT-2 layers, packed tokens, and a manifest that inherits two of them: a
/// run that works, until a test spoils something.
/// </summary>
internal sealed class Workplace : IDisposable
{
    public const int Vocabulary = 300;

    private static readonly Lazy<Dictionary<string, byte[]>> ReferenceFiles = new(MakeReference);

    private readonly TemporaryFolder _folder = new();

    public Workplace()
    {
        foreach (var (name, content) in ReferenceFiles.Value) _folder.Write($"reference/{name}", content);
        WritePacked("data.bin", Enumerable.Range(0, 2000).Select(i => (ushort)CounterRandom.Below(Vocabulary, 1, "data", i)));
        _folder.Write("run.yaml", """
            apiVersion: inheritune.dev/v1alpha1
            kind: InheritRun
            metadata: {name: tiny}
            spec:
              reference: {uri: reference}
              dataset: {uri: data.bin}
              output: {uri: out}
              inherit: {layers: 2}
              training: {steps: 3, sequenceLength: 16, microBatchSize: 2, logEverySteps: 1}
              evaluation: {everySteps: 2, batches: 1}
              report: {sampleTokens: 2}
            """);
        Directory.CreateDirectory(Cache);
    }

    public string Path => _folder.Path;

    public string Reference => File("reference");

    public string Manifest => File("run.yaml");

    public string Output => File("out");

    public string Cache => File("cache");

    public string File(string name) => _folder.File(name);

    public string Text(string name) => _folder.Text(name);

    public string Write(string name, string text) => _folder.Write(name, text);

    public string Write(string name, byte[] content) => _folder.Write(name, content);

    public void WritePacked(string name, IEnumerable<ushort> ids) => _folder.Write(name, [.. ids.SelectMany(BitConverter.GetBytes)]);

    public void Replace(string name, string before, string after)
    {
        var text = _folder.Text(name);
        Assert.Contains(before, text, StringComparison.Ordinal);
        _folder.Write(name, text.Replace(before, after, StringComparison.Ordinal));
    }

    /// <summary>Changes an entry of the reference's <c>config.json</c>.</summary>
    public void SetConfig(string field, JsonNode? value)
    {
        var json = JsonNode.Parse(_folder.Text("reference/config.json"))!.AsObject();
        json[field] = value;
        _folder.Write("reference/config.json", json.ToJsonString());
    }

    /// <summary>Replaces the header of the reference's weights and leaves the bytes behind it alone.</summary>
    public void RewriteHeader(Func<string, string> change)
    {
        var file = System.IO.File.ReadAllBytes(File("reference/model.safetensors"));
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        var json = Encoding.UTF8.GetString(file, 8, length);
        var changed = change(json);
        Assert.NotEqual(json, changed);
        var header = Encoding.UTF8.GetBytes(changed);
        _folder.Write("reference/model.safetensors", [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. file[(8 + length)..]]);
    }

    /// <summary>Changes one number of the reference's weights.</summary>
    public void SetWeight(string tensor, long index, float value)
    {
        var store = new FileStore(Reference);
        var entry = SafetensorsHeader.Read(store, "model.safetensors").Tensors.Single(t => t.Name == tensor);
        using var file = System.IO.File.OpenWrite(File("reference/model.safetensors"));
        file.Position = entry.Offset + 4 * index;
        file.Write(BitConverter.GetBytes(value));
    }

    /// <summary>Runs the manifest within this process.</summary>
    public CommandResult Run(params string[] more) => CommandLine.Run(["run", Manifest, "--device", "cpu", .. more]);

    /// <summary>Every file below a folder with its time and content, to see whether anything changed.</summary>
    public static Dictionary<string, (DateTime, string)> Snapshot(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).ToDictionary(
            file => file.FullName,
            file => (file.LastWriteTimeUtc, Convert.ToHexString(SHA256.HashData(System.IO.File.ReadAllBytes(file.FullName)))));

    /// <summary>The exported weights, byte for byte.</summary>
    public static string Weights(string output) => Convert.ToHexString(SHA256.HashData(System.IO.File.ReadAllBytes(System.IO.Path.Combine(output, "model", "model.safetensors"))));

    public void Dispose() => _folder.Dispose();

    private static Dictionary<string, byte[]> MakeReference()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = new FileStore(folder.File("tokenizer"));
        BytePairTrainer.Train(["the cat sat on the mat and the dog sat on the log; then the cat ran to the dog and the dog ran to the cat"], 280, CancellationToken.None).Write(tokenizer);
        using var model = TinyModels.Create(TinyModels.Gpt2() with { VocabularySize = Vocabulary });
        HuggingFaceExporter.Write(model, null, tokenizer, endOfText: 0, ExportPrecision.Float32, new FileStore(folder.File("reference")));
        return Directory.EnumerateFiles(folder.File("reference")).ToDictionary(file => System.IO.Path.GetFileName(file), System.IO.File.ReadAllBytes);
    }
}
