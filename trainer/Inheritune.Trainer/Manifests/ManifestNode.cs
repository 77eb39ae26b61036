namespace Inheritune.Trainer.Manifests;

/// <summary>Where a value was written.</summary>
/// <param name="Place">As shown in messages: <c>run.yaml:12</c> or <c>--set training.steps=100</c>.</param>
/// <param name="Line">Line in the file, from 1; overrides come after every line.</param>
/// <param name="Folder">Base of the relative paths written there.</param>
internal sealed record Origin(string Place, int Line, string Folder);

/// <summary>How a scalar was written, which decides its type: <c>100</c> is a number and <c>"100"</c> is text.</summary>
internal enum ScalarForm
{
    Plain,
    Quoted,

    /// <summary>From the command line: the type is that of the field.</summary>
    Raw,
}

/// <summary>A value of a manifest before its type is known.</summary>
internal abstract record ManifestNode(Origin Origin);

internal sealed record ScalarNode(Origin Origin, string Text, ScalarForm Form) : ManifestNode(Origin);

internal sealed record SequenceNode(Origin Origin, IReadOnlyList<ManifestNode> Items) : ManifestNode(Origin);

internal sealed record MappingNode(Origin Origin) : ManifestNode(Origin)
{
    /// <summary>The fields in the order of the file, each with the place of its name.</summary>
    public OrderedDictionary<string, (Origin Key, ManifestNode Value)> Fields { get; } = new(StringComparer.Ordinal);
}
