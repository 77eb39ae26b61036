using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Inheritune.Api;
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
    private const string Head = "lm_head.weight";

    private static readonly string[] PickleEndings = [".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack"];

    private readonly TensorTable _tensors;

    /// <summary>Though the configuration ties it to the token embedding.</summary>
    private readonly bool _hasOwnHead;

    private Checkpoint(IObjectStore store, JsonObject json, TensorTable tensors, string digest, long headerBytes, bool glance)
    {
        HeaderBytes = headerBytes;
        Store = store;
        Json = json;
        _tensors = tensors;
        Digest = digest;
        Config = HuggingFaceConfig.Parse(json, $"{store.Location}/{ConfigFile}", tensors.HasEnding);
        // More blocks than tensors: a number that would take the memory of this machine to lay out.
        if (tensors.Blocks > Config.Layers || Config.Layers > tensors.All.Count)
            throw new RunException(ExitCode.InvalidInput, $"{store.Location}: {Depths}; use the config.json that goes with the weights");

        var embedding = Config.Parameters().First(spec => spec.Part == ModelPart.TokenEmbedding).Name;
        if (Config.TiedHead && tensors.Find(Head) is { } head)
        {
            // transformers lets the one that is there stand for the other, and believes a head that differs more than the flag.
            if (tensors.Find(embedding) is not { } table) tensors.Add(embedding, head);
            else if (!SharedHead.Is(store, table, head, glance)) (_hasOwnHead, Config) = (true, Config with { TiedHead = false });
        }

        Verify();
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
    public IReadOnlyCollection<TensorEntry> Tensors => _tensors.All;

    /// <summary>Bytes of the headers of all weight files, which were read to open it.</summary>
    public long HeaderBytes { get; }

    /// <summary>Bytes of weights read so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Opens a folder and checks that it is a model this program can read.</summary>
    /// <param name="store">The folder.</param>
    /// <param name="field">The manifest's field or the option that names it, for messages.</param>
    /// <param name="status">Hears of what is odd in it.</param>
    /// <param name="glance">Of the weights, reads 2 MiB at most, so that a head that differs little from a tied embedding is taken for the same.</param>
    public static Checkpoint Open(IObjectStore store, string field, IRunStatus? status = null, bool glance = false)
    {
        ArgumentNullException.ThrowIfNull(store);
        var adapter = Adapter.In(store);
        if (store.Stat(ConfigFile) is null)
            throw RunException.Invalid(field, store.Location, adapter is null
                ? $"has no {ConfigFile}; it must be a Hugging Face model folder with {ConfigFile}, {SingleFile} and tokenizer files"
                : $"holds {adapter}, and no model; {Adapter.Remedy}");

        var config = ReadAll(store, ConfigFile);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(config);
        var tensors = new List<TensorEntry>();
        var headerBytes = 0L;
        foreach (var file in WeightFiles(store, field, adapter))
        {
            var header = SafetensorsHeader.Read(store, file);
            headerBytes += header.Bytes;
            digest.AppendData(header.Json.Span);
            tensors.AddRange(header.Tensors);
        }

        var json = JsonFields.Parse(config, $"{store.Location}/{ConfigFile}");
        var table = new TensorTable(tensors, what => RunException.Invalid(field, store.Location, what));
        var checkpoint = new Checkpoint(store, json, table, Convert.ToHexStringLower(digest.GetHashAndReset()), headerBytes, glance);
        foreach (var oddity in checkpoint.Oddities(adapter)) status?.Warn($"{store.Location}: {oddity}");
        return checkpoint;
    }

    /// <summary>Checks, from the headers alone, that every parameter is there with the right shape and type.</summary>
    private void Verify()
    {
        foreach (var spec in Config.Parameters())
        {
            var entry = _tensors.Find(spec.Name);
            if (entry is not null && entry.Shape.AsSpan().SequenceEqual(spec.Shape) && TensorDtype.IsWeight(entry.Dtype)) continue;
            if (_tensors.All.FirstOrDefault(tensor => Adapter.Has(tensor.Name)) is { } part)
                throw new RunException(ExitCode.InvalidInput, $"{Store.Location}: tensor '{part.Name}' belongs to a LoRA adapter that is not merged into its model; {Adapter.Remedy}");
            if (Quantization.MethodOf(_tensors.All, Json) is { } method)
                throw Broken($"the weights of '{spec.Name}' are quantized ({method}), and quantized models cannot be trained; take the model that this was made from, or save it anew after dequantize() in transformers");
            if (entry is null)
                throw Broken($"tensor '{spec.Name}' is missing, though config.json implies it{(spec.Block >= _tensors.Blocks ? $" ({Depths})" : spec.Name == Head ? " (tie_word_embeddings is not true)" : "")}");
            throw Broken(TensorDtype.IsWeight(entry.Dtype)
                ? $"tensor '{entry.Name}' has shape [{string.Join(", ", entry.Shape)}], but config.json implies [{string.Join(", ", spec.Shape)}]"
                : $"tensor '{entry.Name}' of shape [{string.Join(", ", entry.Shape)}], where config.json implies [{string.Join(", ", spec.Shape)}], has type {entry.Dtype}; weights must be F32, F16 or BF16");
        }
    }

    /// <summary>What is odd and does no harm, or is not what someone may expect.</summary>
    private IEnumerable<string> Oddities(string? adapter)
    {
        if (EndOfText.Ignored is { } ignored) yield return ignored;
        if (_hasOwnHead)
            yield return $"config.json ties the head to the token embedding (tie_word_embeddings), but {Head} differs from it; the file's head is used, and the export has a head of its own";
        if (Quantization.Declared(Json) is { } method)
            yield return $"config.json describes quantized weights (quantization_config: {method}), but these are not quantized; the description is ignored and left out of the export";
        if (adapter is not null) yield return $"{adapter}, lies beside the weights and is not applied; {Adapter.Remedy}";
        var unused = _tensors.Except(Config.Parameters().Select(spec => _tensors.Find(spec.Name)).Append(Config.TiedHead ? _tensors.Find(Head) : null));
        if (unused.Count == 0) yield break;
        var more = unused.Count > 5 ? $" and {unused.Count - 5} more" : "";
        yield return $"the model has no use for {unused.Count} of {_tensors.All.Count} tensors: {string.Join(", ", unused.Take(5).Select(name => $"'{name}'"))}{more}; they are left out{(unused.Any(Adapter.Has) ? $". They belong to an adapter; {Adapter.Remedy}" : "")}";
    }

    /// <summary>Bytes that these parameters take in the files.</summary>
    public long BytesOf(IEnumerable<ParameterSpec> parameters) => parameters.Sum(spec => Entry(spec).Length);

    /// <summary>Reads parameters into Float32 tensors of their shape, on any device.</summary>
    /// <param name="parameters">What to read.</param>
    /// <param name="into">The tensors, by the names of the parameters.</param>
    /// <param name="progress">Hears which share of the bytes has been read.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <param name="consequence">What it means that numbers of a parameter are NaN or infinite, for the message.</param>
    /// <returns>
    /// SHA-256 over the SHA-256 digests of the stored bytes of each parameter, in the order given. So the same weights have the
    /// same digest however they lie in files.
    /// </returns>
    /// <exception cref="RunException">A number is NaN or infinite.</exception>
    public string Read(
        IReadOnlyList<ParameterSpec> parameters, IReadOnlyDictionary<string, Tensor> into, Action<double> progress, CancellationToken cancellation, Func<ParameterSpec, string>? consequence = null)
    {
        var (total, before) = ((double)BytesOf(parameters), BytesRead);
        var digests = TensorReader.Read(
            Store, [.. parameters.Select(spec => (Entry(spec), into[spec.Name]))], bytes => progress(((BytesRead += bytes) - before) / total), cancellation,
            (index, numbers) => NotANumber(Entry(parameters[index]), numbers, consequence?.Invoke(parameters[index]) ?? ""));
        return Convert.ToHexStringLower(SHA256.HashData([.. digests.SelectMany(digest => digest)]));
    }

    private string Depths => $"config.json says {(Config.Family == ModelFamily.GPT2 ? "n_layer" : "num_hidden_layers")} {Config.Layers}, but there are {_tensors.Blocks} blocks of weights";

    private TensorEntry Entry(ParameterSpec spec) => _tensors.Find(spec.Name) ?? throw new ArgumentException($"no parameter of this checkpoint: {spec.Name}", nameof(spec));

    private RunException Broken(string what) => new(ExitCode.InvalidInput, $"{Store.Location}: {what}; use a complete, unquantized checkpoint");

    private RunException NotANumber(TensorEntry entry, NotFinite numbers, string consequence) => new(ExitCode.InvalidInput, FormattableString.Invariant(
        $"{Store.Location}/{entry.File}: {numbers.Count:N0} of {entry.Count:N0} numbers of tensor '{entry.Name}' are NaN or infinite, the first at {NotFinite.Place(numbers.First, entry.Shape)}{consequence}; fetch the file again or take another checkpoint"));

    private static IEnumerable<string> WeightFiles(IObjectStore store, string field, string? adapter)
    {
        if (store.Stat(SingleFile) is not null) return [SingleFile];
        if (store.Stat(IndexFile) is not null) return IndexedFiles(store, field);
        if (adapter is not null) throw RunException.Invalid(field, store.Location, $"holds {adapter}, and no model; {Adapter.Remedy}");

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
    public override string ToString() => new StringBuilder().Append(Config).Append(", ").Append(_tensors.All.Count).Append(" tensors").ToString();
}
