using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>
/// A Hugging Face folder with safetensors weights. Opening it reads config and headers only; of the weights, only the ranges
/// that are asked for are read.
/// </summary>
public sealed class Checkpoint
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";
    private const string ConfigFile = "config.json";
    private const string GenerationFile = "generation_config.json";

    private static readonly string[] PickleEndings = [".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack"];

    private readonly Dictionary<string, TensorEntry> _tensors;

    private Checkpoint(IObjectStore store, JsonObject json, Dictionary<string, TensorEntry> tensors, string digest, long headerBytes)
    {
        HeaderBytes = headerBytes;
        Store = store;
        Json = json;
        _tensors = tensors;
        Digest = digest;
        Config = HuggingFaceConfig.Parse(json, $"{store.Location}/{ConfigFile}", Has);
        EndOfText = store.Stat(GenerationFile) is null
            ? EndOfText.Of(ConfigFile, json, Config.VocabularySize)
            : EndOfText.Of(GenerationFile, JsonFields.Parse(ReadAll(store, GenerationFile), $"{store.Location}/{GenerationFile}"), Config.VocabularySize);
    }

    public IObjectStore Store { get; }

    /// <summary>The configuration as it stands in the file.</summary>
    public JsonObject Json { get; }

    public ModelConfig Config { get; }

    /// <summary>What ends a text that is generated.</summary>
    public EndOfText EndOfText { get; }

    /// <summary>SHA-256 over config and headers: identifies shape, names, types and places of all tensors, not their values.</summary>
    public string Digest { get; }

    /// <summary>Every tensor of the files, by its name there.</summary>
    public IReadOnlyCollection<TensorEntry> Tensors => _tensors.Values;

    /// <summary>Bytes of the headers of all weight files, which were read to open it.</summary>
    public long HeaderBytes { get; }

    /// <summary>Bytes of weights read so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Opens a folder and checks that it is a model this program can read.</summary>
    /// <param name="store">The folder.</param>
    /// <param name="field">The manifest's field or the option that names it, for messages.</param>
    /// <param name="status">Hears of what is odd in it.</param>
    public static Checkpoint Open(IObjectStore store, string field, IRunStatus? status = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        var config = store.Stat(ConfigFile) is null
            ? throw RunException.Invalid(field, store.Location, $"has no {ConfigFile}; it must be a Hugging Face model folder with {ConfigFile}, {SingleFile} and tokenizer files")
            : ReadAll(store, ConfigFile);

        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(config);
        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        var headerBytes = 0L;
        foreach (var file in WeightFiles(store, field))
        {
            var header = SafetensorsHeader.Read(store, file);
            headerBytes += header.Bytes;
            digest.AppendData(header.Json.Span);
            foreach (var tensor in header.Tensors)
                if (!tensors.TryAdd(tensor.Name, tensor))
                    throw RunException.Invalid(field, store.Location, $"has tensor '{tensor.Name}' in two files, {tensors[tensor.Name].File} and {file}; export the model again");
        }

        var checkpoint = new Checkpoint(store, JsonFields.Parse(config, $"{store.Location}/{ConfigFile}"), tensors, Convert.ToHexStringLower(digest.GetHashAndReset()), headerBytes);
        if (checkpoint.EndOfText.Ignored is { } ignored) status?.Warn($"{store.Location}: {ignored}");
        return checkpoint;
    }

    /// <summary>Whether there is a tensor of this Hugging Face name.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Checks, from the headers alone, that each of these parameters is there with the right shape and type.</summary>
    public void Verify(IEnumerable<ParameterSpec> parameters)
    {
        foreach (var spec in parameters)
        {
            var entry = Find(spec.Name) ?? throw Broken($"tensor '{spec.Name}' is missing, though config.json implies it");
            if (!entry.Shape.AsSpan().SequenceEqual(spec.Shape))
                throw Broken($"tensor '{entry.Name}' has shape [{string.Join(", ", entry.Shape)}], but config.json implies [{string.Join(", ", spec.Shape)}]");
            if (!TensorDtype.IsWeight(entry.Dtype))
                throw Broken($"tensor '{entry.Name}' has type {entry.Dtype}; weights must be F32, F16 or BF16 (quantized models cannot be trained)");
        }
    }

    /// <summary>Bytes that these parameters take in the files.</summary>
    public long BytesOf(IEnumerable<ParameterSpec> parameters) => parameters.Sum(spec => Entry(spec).Length);

    /// <summary>Reads parameters into Float32 tensors of their shape, on any device.</summary>
    /// <param name="parameters">What to read.</param>
    /// <param name="into">The tensors, by the names of the parameters.</param>
    /// <param name="progress">Hears which share of the bytes has been read.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>
    /// SHA-256 over the SHA-256 digests of the stored bytes of each parameter, in the order given. So the same weights have the
    /// same digest however they lie in files.
    /// </returns>
    public string Read(IReadOnlyList<ParameterSpec> parameters, IReadOnlyDictionary<string, Tensor> into, Action<double> progress, CancellationToken cancellation)
    {
        var (total, before) = ((double)BytesOf(parameters), BytesRead);
        var digests = TensorReader.Read(Store, [.. parameters.Select(spec => (Entry(spec), into[spec.Name]))], bytes => progress(((BytesRead += bytes) - before) / total), cancellation);
        return Convert.ToHexStringLower(SHA256.HashData([.. digests.SelectMany(digest => digest)]));
    }

    private TensorEntry Entry(ParameterSpec spec) => Find(spec.Name) ?? throw new ArgumentException($"verify the checkpoint first: {spec.Name}", nameof(spec));

    /// <summary>Hub checkpoints of GPT-2 have no "transformer." in front of their names.</summary>
    private TensorEntry? Find(string name) =>
        _tensors.GetValueOrDefault(name) ?? (name.StartsWith("transformer.", StringComparison.Ordinal) ? _tensors.GetValueOrDefault(name["transformer.".Length..]) : null);

    private RunException Broken(string what) => new(ExitCode.InvalidInput, $"{Store.Location}: {what}; use a complete, unquantized checkpoint");

    private static IEnumerable<string> WeightFiles(IObjectStore store, string field)
    {
        if (store.Stat(SingleFile) is not null) return [SingleFile];
        if (store.Stat(IndexFile) is not null) return IndexedFiles(store, field);

        var pickled = store.List("").FirstOrDefault(o => PickleEndings.Contains(Path.GetExtension(o.Key), StringComparer.OrdinalIgnoreCase));
        throw RunException.Invalid(field, store.Location, pickled is null
            ? $"has neither {SingleFile} nor {IndexFile}; it must be a Hugging Face model folder"
            : $"has only pickled weights ({pickled.Key}), which can run code when they are loaded; convert them with transformers: AutoModelForCausalLM.from_pretrained(...).save_pretrained(..., safe_serialization=True)");
    }

    private static List<string> IndexedFiles(IObjectStore store, string field)
    {
        var index = JsonFields.Parse(ReadAll(store, IndexFile), $"{store.Location}/{IndexFile}");
        if (index["weight_map"] is not JsonObject { Count: > 0 } map)
            throw RunException.Invalid(field, store.Location, $"has an {IndexFile} without weight_map; fetch it again");

        var files = map.Select(entry => entry.Value is JsonValue value && value.TryGetValue<string>(out var file) ? file : "").Distinct().Order(StringComparer.Ordinal).ToList();
        var bad = files.FirstOrDefault(file => file.Length == 0 || file.Contains('/') || file.Contains('\\') || !file.EndsWith(".safetensors", StringComparison.Ordinal));
        if (bad is not null) throw RunException.Invalid(field, store.Location, $"has an {IndexFile} that names '{bad}'; it must name .safetensors files beside it");
        return files;
    }

    internal static byte[] ReadAll(IObjectStore store, string key)
    {
        using var stream = store.OpenRead(key);
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return buffer.ToArray();
    }

    /// <summary>Architecture, tensor count and digest for people.</summary>
    public override string ToString() => new StringBuilder().Append(Config).Append(", ").Append(_tensors.Count).Append(" tensors").ToString();
}
