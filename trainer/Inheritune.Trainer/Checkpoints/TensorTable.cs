using System.Globalization;
using System.Text.RegularExpressions;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>The tensors of a checkpoint under the names that a model has for them, whatever wrapped the model when it was saved.</summary>
internal sealed partial class TensorTable
{
    /// <summary>Parts of a name that torch.compile, FSDP, activation checkpointing and Lightning add, wherever they wrap something.</summary>
    private static readonly string[] Wrappers = ["_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "_forward_module."];

    /// <summary>Constants that earlier versions of transformers stored among the weights.</summary>
    private static readonly string[] Constants = [".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq"];

    private readonly Dictionary<string, TensorEntry> _byName = new(StringComparer.Ordinal);

    /// <param name="tensors">All tensors of all files.</param>
    /// <param name="refuse">Makes an error of what is wrong.</param>
    public TensorTable(IReadOnlyList<TensorEntry> tensors, Func<string, RunException> refuse)
    {
        All = tensors;
        var names = tensors.Select(tensor => Wrappers.Aggregate(tensor.Name, (name, wrapper) => name.Replace(wrapper, "", StringComparison.Ordinal))).ToArray();
        while (names.Length > 0 && names.All(Prefix().IsMatch)) names = Array.ConvertAll(names, name => Prefix().Replace(name, ""));
        foreach (var (name, tensor) in names.Zip(tensors))
            if (!_byName.TryAdd(name, tensor))
                throw refuse($"has tensor '{name}' twice, as '{_byName[name].Name}' in {_byName[name].File} and as '{tensor.Name}' in {tensor.File}; export the model again");
        Blocks = _byName.Keys.Select(BlockOf).Max() + 1 ?? 0;
    }

    /// <summary>Every tensor, by its name in the file.</summary>
    public IReadOnlyList<TensorEntry> All { get; }

    /// <summary>Number of the model's blocks that there are tensors of.</summary>
    public int Blocks { get; }

    /// <summary>Hub checkpoints of GPT-2 have no "transformer." in front of their names.</summary>
    public TensorEntry? Find(string name) =>
        _byName.GetValueOrDefault(name) ?? (name.StartsWith("transformer.", StringComparison.Ordinal) ? _byName.GetValueOrDefault(name["transformer.".Length..]) : null);

    /// <summary>Whether the name of a tensor ends so.</summary>
    public bool HasEnding(string end) => _byName.Keys.Any(name => name.EndsWith(end, StringComparison.Ordinal));

    /// <summary>Lets a tensor stand for a missing one as well.</summary>
    public void Add(string name, TensorEntry tensor) => _byName.Add(name, tensor);

    /// <summary>Names of the tensors that are none of these, and no constants.</summary>
    public IReadOnlyList<string> Except(IEnumerable<TensorEntry?> used)
    {
        var known = used.ToHashSet();
        return [.. _byName.Where(pair => !known.Contains(pair.Value) && !Constants.Any(end => pair.Key.EndsWith(end, StringComparison.Ordinal))).Select(pair => pair.Value.Name).Order(StringComparer.Ordinal)];
    }

    private static int? BlockOf(string name) =>
        BlockName().Match(name) is { Success: true } match && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;

    /// <summary>What data parallelism, PEFT and Lightning put in front of every name.</summary>
    [GeneratedRegex(@"^(?:module\.|base_model\.model\.|model\.(?=(?:model|transformer|lm_head)\.))")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"^(?:transformer\.h|h|model\.layers)\.(\d+)\.")]
    private static partial Regex BlockName();
}
