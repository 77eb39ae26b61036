using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Data;

/// <summary>
/// The token ids of a run: what it is trained on and what it is measured on, as <see cref="DatasetSplit"/> divides the corpus. Training never
/// sees a validation token, and no window of either leaves a stretch of text: for training that is what follows on in the corpus, for
/// validation also what begins a document behind the end of another.
/// </summary>
public sealed class TokenizedDataset : IDisposable
{
    private readonly List<IDisposable> _open = [];

    private TokenizedDataset()
    {
    }

    /// <summary>What the model is trained on; exactly <c>maxTokens</c> long if the data has as many.</summary>
    public ITokenSequence Train { get; private set; } = null!;

    /// <summary>What the model is measured on.</summary>
    public ITokenSequence Validation { get; private set; } = null!;

    /// <summary>SHA-256 of the data's identity and the choice of the subset: equal digests mean equal ids in equal order.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>Number of tokens behind <c>dataset.uri</c>, whether used or not.</summary>
    public long CorpusTokens { get; private set; }

    /// <summary>The cache of what is streamed; null if all is local.</summary>
    internal BlockCache? Blocks { get; private set; }

    /// <summary>Finds, tokenizes if need be, opens, splits and checks the data. What is streamed is checked when it arrives.</summary>
    /// <param name="spec">The dataset.</param>
    /// <param name="stores">Opens its URIs.</param>
    /// <param name="cacheMebibytes">Most space for the cache of what is streamed.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="modelVocabularySize">Rows of the embedding; models may be padded beyond the tokenizer.</param>
    /// <param name="sequenceLength">Tokens per sequence; a sequence and its targets need one more.</param>
    /// <param name="status">Hears what was found and how far tokenizing is.</param>
    /// <param name="cancellation">Stops with <see cref="OperationCanceledException"/>; the next run begins to tokenize again.</param>
    /// <exception cref="RunException">The data is missing, damaged, too short, or has ids that the model has not.</exception>
    public static TokenizedDataset Open(
        DatasetSpec spec, StoreFactory stores, int cacheMebibytes, ITokenizer tokenizer, int modelVocabularySize, int sequenceLength, IRunStatus status, CancellationToken cancellation) =>
        Open(spec, DatasetFiles.Find(spec, stores), cacheMebibytes, tokenizer, modelVocabularySize, sequenceLength, status, cancellation);

    /// <summary>As above, where the files have been found already.</summary>
    internal static TokenizedDataset Open(
        DatasetSpec spec, DatasetFiles files, int cacheMebibytes, ITokenizer tokenizer, int modelVocabularySize, int sequenceLength, IRunStatus status, CancellationToken cancellation)
    {
        RequireFit(spec, tokenizer, modelVocabularySize);
        files = files.Identify(status, cancellation);
        files.Announce(status);
        var (source, validation) = (files.Training, files.Validation);
        var dataset = new TokenizedDataset();
        try
        {
            var blocks = dataset.OpenCache([source, validation], cacheMebibytes, cancellation);
            dataset.Load(spec, source, validation, new CorpusOpener(spec, tokenizer, modelVocabularySize, blocks, status, cancellation), sequenceLength, status);
            return dataset;
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>All of the data as <see cref="Validation"/>, in its own order; for evaluation alone.</summary>
    public static TokenizedDataset OpenWhole(DatasetSpec spec, Corpus source, int cacheMebibytes, ITokenizer tokenizer, int modelVocabularySize, IRunStatus status, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        var dataset = new TokenizedDataset();
        try
        {
            source.Announce(status);
            var opener = new CorpusOpener(spec, tokenizer, modelVocabularySize, dataset.OpenCache([source], cacheMebibytes, cancellation), status, cancellation);
            var corpus = dataset.OpenValidation(source, opener, needed: 2);
            dataset.Train = dataset.Validation = corpus;
            dataset.CorpusTokens = corpus.Length;
            return dataset;
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <exception cref="RunException">The model has fewer ids than the tokenizer.</exception>
    internal static void RequireFit(DatasetSpec spec, ITokenizer tokenizer, int modelVocabularySize)
    {
        if (tokenizer.VocabularySize > modelVocabularySize)
            throw RunException.Invalid("spec.dataset.uri", spec.Uri, Text(
                $"the tokenizer has {tokenizer.VocabularySize} ids but the model only {modelVocabularySize}; use the tokenizer that belongs to the model"));
    }

    /// <exception cref="RunException">The validation data is shorter than a sequence.</exception>
    internal static void RequireSequence(Corpus validation, long tokens, long needed)
    {
        if (tokens < needed)
            throw RunException.Invalid(validation.Field, validation.Uri, Text($"holds {tokens} tokens, fewer than one sequence and its target ({needed}); add data or lower spec.training.sequenceLength"));
    }

    public void Dispose()
    {
        foreach (var open in _open) open.Dispose();
    }

    /// <summary>One cache for all that is streamed.</summary>
    private BlockCache? OpenCache(IEnumerable<Corpus?> corpora, int mebibytes, CancellationToken cancellation)
    {
        var sizes = corpora.OfType<Corpus>().Where(corpus => corpus.IsStreamed).SelectMany(corpus => corpus.Files).Select(file => file.Info.Size).ToList();
        return Blocks = sizes.Count == 0 ? null : Keep(new BlockCache(sizes, (long)mebibytes << 20, cancellation));
    }

    private void Load(DatasetSpec spec, Corpus source, Corpus? validation, CorpusOpener opener, int sequenceLength, IRunStatus status)
    {
        var corpus = Keep(opener.Open(source));
        CorpusTokens = corpus.Length;
        var ends = new DocumentEnds(corpus, opener.Tokenizer);
        var (asked, _) = DatasetSplit.Sizes(spec, corpus.Length, sequenceLength);
        var heldOut = new TokenSelection(corpus, DatasetSplit.HeldOut(corpus, ends, asked), (end, start) => ends.Is(end) && ends.Is(start));
        var train = new TokenSelection(corpus, DatasetSplit.Training(spec, corpus, heldOut.Ranges, sequenceLength), (_, _) => false);
        if (train.Length < spec.MaxTokens)
            status.Warn(Text($"spec.dataset.maxTokens asks for {spec.MaxTokens:N0} tokens, but only {train.Length:N0} are there for training; all of them are used"));
        if (new Windows(train, sequenceLength, 1).Count == 0)
            throw RunException.Invalid("spec.training.sequenceLength", Text($"{sequenceLength}"), "is longer than every stretch of the text to train on; lower it, or raise spec.dataset.maxTokens");

        opener.Check(source, corpus, [.. heldOut.Ranges.Concat(train.Ranges).OrderBy(range => range.Start)]);
        Train = train;
        Validation = validation is null ? heldOut : OpenValidation(validation, opener, sequenceLength + 1L);
        if (Windows.AtMost(Validation, sequenceLength, 1).Length is var longest && longest < sequenceLength)
            status.Warn(Text($"No stretch of the validation text is as long as spec.training.sequenceLength ({sequenceLength}); it is read in windows of {longest}. Set spec.dataset.validationUri to have longer ones"));
        Digest = CorpusOpener.Hash([opener.Digest(source), validation is null ? "" : opener.Digest(validation), string.Join(' ', heldOut.Ranges), string.Join(' ', train.Ranges)]);
    }

    private TokenCorpus OpenValidation(Corpus source, CorpusOpener opener, long needed)
    {
        var corpus = Keep(opener.Open(source));
        RequireSequence(source, corpus.Length, needed);
        opener.Check(source, corpus, [new(0, corpus.Length)]);
        return corpus;
    }

    private T Keep<T>(T opened)
        where T : IDisposable
    {
        _open.Add(opened);
        return opened;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
