using Inheritune.Api;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Inheritune.Trainer.Manifests;

/// <summary>
/// Reads YAML into <see cref="ManifestNode"/>s. YamlDotNet's own tree stops at the first duplicate key; this one goes on, so that
/// all problems of a file are reported together.
/// </summary>
internal sealed class ManifestTree
{
    private const int MaxDepth = 32;

    private readonly Parser _parser;
    private readonly string _source;
    private readonly string _folder;
    private readonly List<ManifestProblem> _problems;
    private readonly Dictionary<AnchorName, ManifestNode> _anchors = [];

    private ManifestTree(string yaml, string source, string folder, List<ManifestProblem> problems)
    {
        _parser = new Parser(new StringReader(yaml));
        _source = source;
        _folder = folder;
        _problems = problems;
    }

    /// <summary>Reads the one run of a file. Other kinds beside it, such as a ConfigMap, are for a cluster and are passed over.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <param name="folder">Base of relative paths.</param>
    /// <param name="problems">Receives duplicate keys. What stops the reading is thrown as a <see cref="RunException"/>.</param>
    public static MappingNode Load(string yaml, string source, string folder, List<ManifestProblem> problems)
    {
        var tree = new ManifestTree(yaml, source, folder, problems);
        try
        {
            return tree.Document();
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException)
        {
            // YamlDotNet leaves an unclosed bracket to Stack.Pop, which throws an InvalidOperationException without a place.
            var (mark, message) = e is YamlException at ? (at.Start, at.Message.TrimEnd('.')) : (tree._parser.Current?.End ?? Mark.Empty, "a bracket is not closed or quotes are not ended");
            var tab = Array.FindIndex(yaml.Split('\n'), line => line[..(line.Length - line.TrimStart().Length)].Contains('\t', StringComparison.Ordinal));
            var remedy = tab < 0 ? "" : $"; line {tab + 1} is indented with a tab, use spaces";
            throw new RunException(ExitCode.InvalidInput, $"{source}:{mark.Line}:{mark.Column}: not valid YAML: {message}{remedy}", e);
        }
    }

    private MappingNode Document()
    {
        _parser.Consume<StreamStart>();
        var documents = new List<ManifestNode>();
        while (_parser.TryConsume<DocumentStart>(out _))
        {
            _anchors.Clear();
            if (Node("", 0) is var node and not ScalarNode { Text: "", Form: ScalarForm.Plain }) documents.Add(node);
            _parser.Consume<DocumentEnd>();
        }

        if (documents.Count - documents.Count(IsOtherKind) == 1) documents.RemoveAll(IsOtherKind);
        return documents switch
        {
            [] => throw new RunException(ExitCode.InvalidInput, $"{_source}: is empty; a manifest begins with apiVersion: {ApiGroup.ApiVersion} and kind: {ApiGroup.Kind}"),
            [MappingNode mapping] => mapping,
            [var other] => throw new RunException(ExitCode.InvalidInput, $"{other.Origin.Place}: must be an object with the fields apiVersion, kind, metadata and spec"),
            [_, var second, ..] => throw new RunException(ExitCode.InvalidInput, $"{second.Origin.Place}: a second document begins here; keep one {ApiGroup.Kind} in a file"),
        };
    }

    private static bool IsOtherKind(ManifestNode document) =>
        document is MappingNode { Fields: var fields } && fields.TryGetValue("kind", out var kind) && kind.Value is ScalarNode { Text: not ("" or ApiGroup.Kind) };

    private ManifestNode Node(string path, int depth)
    {
        var start = _parser.Current?.Start ?? Mark.Empty;
        if (depth > MaxDepth) throw new YamlException(start, start, $"nested deeper than {MaxDepth} levels");
        if (_parser.TryConsume<AnchorAlias>(out var alias))
            return _anchors.TryGetValue(alias.Value, out var target) ? target : throw new YamlException(alias.Start, alias.End, $"no anchor &{alias.Value} stands before *{alias.Value}");

        var (anchor, tag) = _parser.Current is NodeEvent current ? (current.Anchor, current.Tag) : (AnchorName.Empty, TagName.Empty);
        if (!tag.IsEmpty && !tag.IsNonSpecific && tag != "tag:yaml.org,2002:str")
            throw new YamlException(start, start, $"the tag {tag} is not supported; leave it out");

        ManifestNode node = _parser.TryConsume<Scalar>(out var scalar) ? Scalar(scalar)
            : _parser.TryConsume<SequenceStart>(out _) ? Sequence(At(start), path, depth)
            : Mapping(_parser.Consume<MappingStart>(), path, depth);
        if (!anchor.IsEmpty) _anchors[anchor] = node;
        return node;
    }

    private ScalarNode Scalar(Scalar scalar) =>
        new(At(scalar.Start), scalar.Value, scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty ? ScalarForm.Plain : ScalarForm.Quoted);

    private SequenceNode Sequence(Origin origin, string path, int depth)
    {
        var items = new List<ManifestNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(Node($"{path}[{items.Count}]", depth + 1));
        return new SequenceNode(origin, items);
    }

    private MappingNode Mapping(MappingStart start, string path, int depth)
    {
        var mapping = new MappingNode(At(start.Start));
        var merged = new List<MappingNode>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var mark = _parser.Current!.Start;
            if (Node(path, depth + 1) is not ScalarNode key) throw new YamlException(mark, mark, "the name of a field must be text");
            var field = ResourceSchema.Join(path, key.Text);
            var value = Node(field, depth + 1);
            if (key is { Text: "<<", Form: ScalarForm.Plain })
                merged.AddRange((value is SequenceNode list ? list.Items : [value]).Select(item => item as MappingNode ?? throw new YamlException(mark, mark, "<< needs an alias of an object, such as *base")));
            else if (!mapping.Fields.TryAdd(key.Text, (key.Origin, value)))
                _problems.Add(new ManifestProblem(key.Origin, new FieldError(field, "", $"is given twice, first on line {mapping.Fields[key.Text].Key.Line}; remove one")));
        }

        // Merge keys (YAML 1.1, read by kubectl): what is written here wins over what is merged, and earlier merges over later ones.
        foreach (var (name, entry) in merged.SelectMany(source => source.Fields)) mapping.Fields.TryAdd(name, entry);
        return mapping;
    }

    private Origin At(Mark mark) => new($"{_source}:{mark.Line}", (int)mark.Line, _folder);
}
