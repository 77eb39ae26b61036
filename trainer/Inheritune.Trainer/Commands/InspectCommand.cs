using System.CommandLine;
using Inheritune.Trainer.Tokenization;
using Spectre.Console;

namespace Inheritune.Trainer.Commands;

/// <summary><c>inspect URI</c>: what a model folder holds, from its headers alone.</summary>
internal sealed class InspectCommand : Command
{
    private readonly Argument<string> _uri = new("uri") { Description = "a Hugging Face model folder" };

    private readonly Option<bool> _tensors = new("--tensors") { Description = "list every tensor" };

    public InspectCommand()
        : base("inspect", """
            Shows architecture, tensors, parameters, tokenizer and digest of a model. Reads config and headers only, no weights.

            The digest identifies the layout: configuration, names, shapes, types and places of all tensors.
            """)
    {
        Add(_uri);
        Add(_tensors);
        CommonOptions.AddTo(this);
        SetAction(arguments => CommandHost.Execute(arguments, Execute));
    }

    private CommandOutput Execute(CommandContext context)
    {
        using var stores = context.OpenStores();
        var (checkpoint, tokenizer) = context.OpenModel(stores, context.Arguments.GetRequiredValue(_uri), needsTokenizer: false, glance: true);
        var bytes = checkpoint.Tensors.Sum(t => t.Length);
        var types = string.Join(", ", checkpoint.Tensors.GroupBy(t => t.Dtype).Select(g => $"{g.Count()} {g.Key}"));
        var document = new
        {
            checkpoint.Store.Location,
            Architecture = checkpoint.Config,
            Parameters = checkpoint.Config.ParameterCount,
            TensorCount = checkpoint.Tensors.Count,
            TensorBytes = bytes,
            Tokenizer = new { tokenizer.Description, tokenizer.VocabularySize, tokenizer.Digest },
            checkpoint.Digest,
            Tensors = checkpoint.Tensors.Select(t => new { t.Name, t.Dtype, t.Shape, t.File, t.Offset, t.Length }),
        };
        var table = new Table().AddColumns("tensor", "type", "shape").RoundedBorder();
        foreach (var t in checkpoint.Tensors) table.AddRow(new Text(t.Name), new Text(t.Dtype), new Text($"[{string.Join(", ", t.Shape)}]"));
        var list = CommandOutput.List(
            ("location", checkpoint.Store.Location),
            ("architecture", checkpoint.Config.ToString()),
            ("tensors", FormattableString.Invariant($"{checkpoint.Tensors.Count} ({types}), {bytes / 1e6:N1} MB")),
            ("tokenizer", tokenizer is AbsentTokenizer absent ? $"none: {absent.Why.Message}" : tokenizer.Description),
            ("digest", checkpoint.Digest));
        return new CommandOutput(document, context.Arguments.GetValue(_tensors) ? [list, table] : [list]);
    }
}
