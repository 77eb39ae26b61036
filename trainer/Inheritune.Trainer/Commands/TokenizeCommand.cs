using System.CommandLine;
using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Commands;

/// <summary><c>tokenize URI --dataset URI --to URI</c>: text to packed ids, which can be streamed.</summary>
internal sealed class TokenizeCommand : Command
{
    private const string Ending = ".bin";

    private readonly Argument<string> _uri = new("uri") { Description = "a Hugging Face model folder" };

    private readonly Option<string> _dataset = new("--dataset") { Description = "text (.txt) or JSON lines (.jsonl): a file or a folder", Required = true };

    private readonly Option<string> _to = new("--to") { Description = "the packed file (.bin) to write; it must not exist", Required = true };

    private readonly Option<string> _textField = new("--text-field") { Description = "field of a JSON line that holds the document", DefaultValueFactory = _ => new DatasetSpec().TextField };

    public TokenizeCommand()
        : base("tokenize", """
            Writes a text dataset as packed ids of a model's tokenizer. Packed data in an object store is streamed by the verbs that
            read it, so it may be larger than their disk; text is not.

              inheritune-trainer tokenize models/gpt2-medium --dataset stories.jsonl --to s3://corpora/stories/tokens.bin
            """)
    {
        Add(_uri);
        Add(_dataset);
        Add(_to);
        Add(_textField);
        CommonOptions.AddTo(this);
        SetAction(arguments => CommandHost.Execute(arguments, Execute));
    }

    private CommandOutput Execute(CommandContext context)
    {
        var arguments = context.Arguments;
        using var stores = context.OpenStores();
        var to = arguments.GetRequiredValue(_to);
        var (store, key) = stores.OpenObject(to, "--to");
        if (!key.EndsWith(Ending, StringComparison.OrdinalIgnoreCase)) throw RunException.Invalid("--to", to, $"must name a file that ends in {Ending}, by which packed data is known");
        if (store.Stat(key) is not null) throw RunException.Invalid("--to", to, "exists already; delete it or give another name");

        var (checkpoint, tokenizer) = context.OpenModel(stores, arguments.GetRequiredValue(_uri), glance: true);
        var spec = new DatasetSpec { Uri = arguments.GetRequiredValue(_dataset), TextField = arguments.GetRequiredValue(_textField) };
        var corpus = new CorpusFinder(spec.Uri, spec.Format, "--dataset").Find(stores);
        if (stores.Open(spec.Uri, "--dataset").Contains(store))
            throw RunException.Invalid("--to", to, $"lies within --dataset ('{spec.Uri}'), which would then be of two formats; write it elsewhere");
        corpus.Announce(context.Status);
        if (corpus.Format == DatasetFormat.Packed) throw RunException.Invalid("--dataset", spec.Uri, "holds token ids already; give text");
        var tokens = 0L;
        store.Write(key, output =>
        {
            tokens = CorpusTokenizer.Write(corpus, spec.TextField, tokenizer, output, context.Status, context.Stop);
            if (tokens == 0) throw RunException.Invalid("--dataset", spec.Uri, "holds no tokens; give a dataset with text");
        });

        var type = TokenCache.TypeFor(tokenizer.VocabularySize);
        var document = new { Model = checkpoint.Store.Location, Dataset = spec.Uri, To = to, Tokens = tokens, Bytes = tokens * type.Size(), TokenType = type };
        return new CommandOutput(document, [CommandOutput.List(
            ("tokens", FormattableString.Invariant($"{tokens:N0}, {document.Bytes / 1e6:N1} MB")),
            ("in a manifest", $"dataset: {{uri: {to}, tokenType: {type}}}"))]) { IsKept = true };
    }
}
