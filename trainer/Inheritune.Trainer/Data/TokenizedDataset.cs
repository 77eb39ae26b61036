using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Data;

/// <summary>
/// The token ids of a run. The corpus is cut into segments of about eight sequences, whose order is a permutation seeded
/// with <c>training.seed</c>; the first segments are validation, those that follow training. So a subset is spread over the
/// whole corpus, a smaller one is part of a larger one, and training never sees a validation token.
/// </summary>
public sealed class TokenizedDataset : IDisposable
{
    private const long MostValidationTokens = 1_000_000;
    private const int SequencesPerSegment = 8;
    private const int FewestSegments = 32;

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
    /// <param name="seed">Seed of the split.</param>
    /// <param name="status">Hears what was found and how far tokenizing is.</param>
    /// <param name="cancellation">Stops with <see cref="OperationCanceledException"/>; the next run begins to tokenize again.</param>
    /// <exception cref="RunException">The data is missing, damaged, too short, or has ids that the model has not.</exception>
    public static TokenizedDataset Open(
        DatasetSpec spec, StoreFactory stores, int cacheMebibytes, ITokenizer tokenizer, int modelVocabularySize, int sequenceLength, int seed, IRunStatus status, CancellationToken cancellation)
    {
        RequireFit(spec, tokenizer, modelVocabularySize);
        var (source, validation) = (Corpus.Training(spec, stores), Corpus.Validation(spec, stores));
        var dataset = new TokenizedDataset();
        try
        {
            var blocks = dataset.OpenCache([source, validation], cacheMebibytes, cancellation);
            dataset.Load(spec, source, validation, new CorpusOpener(spec, tokenizer, modelVocabularySize, blocks, status, cancellation), modelVocabularySize, sequenceLength, seed, status);
            return dataset;
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>All of the data as <see cref="Validation"/>, in its own order; for evaluation alone.</summary>
    public static TokenizedDataset OpenWhole(DatasetSpec spec, StoreFactory stores, int cacheMebibytes, ITokenizer tokenizer, int modelVocabularySize, IRunStatus status, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var dataset = new TokenizedDataset();
        try
        {
            var source = Corpus.Training(spec, stores);
            var opener = new CorpusOpener(spec, tokenizer, modelVocabularySize, dataset.OpenCache([source], cacheMebibytes, cancellation), status, cancellation);
            var corpus = dataset.OpenValidation(source, opener, modelVocabularySize, needed: 2);
            dataset.Train = dataset.Validation = corpus;
            dataset.CorpusTokens = corpus.Length;
            dataset.Digest = opener.Digest(source);
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

    /// <summary>How many of a corpus' tokens are held out for validation, and how many of the others are trained on.</summary>
    /// <exception cref="RunException">They are too few.</exception>
    internal static (long HeldOut, long Used) Split(DatasetSpec spec, long corpusTokens, int sequenceLength)
    {
        var needed = sequenceLength + 1L;
        if (corpusTokens < needed)
            throw RunException.Invalid("spec.dataset.uri", spec.Uri, corpusTokens == 0
                ? "holds no tokens; give a dataset with text"
                : Text($"holds {corpusTokens} tokens, fewer than one sequence of {sequenceLength} and its target; add data or lower spec.training.sequenceLength"));

        var heldOut = spec.ValidationUri is null ? HeldOut(spec, corpusTokens, needed) : 0;
        var available = corpusTokens - heldOut;
        var used = Math.Min(spec.MaxTokens ?? available, available);
        if (used < needed)
            throw RunException.Invalid("spec.dataset.maxTokens", Text($"{used}"), Text($"is less than one sequence of {sequenceLength} tokens and its target; raise it"));
        return (heldOut, used);
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

    private void Load(DatasetSpec spec, Corpus source, Corpus? validation, CorpusOpener opener, int vocabulary, int sequenceLength, int seed, IRunStatus status)
    {
        var corpus = Keep(opener.Open(source));
        CorpusTokens = corpus.Length;
        var (heldOut, used) = Split(spec, corpus.Length, sequenceLength);
        var needed = sequenceLength + 1L;

        // With few sequences the segments are shorter, so that both sides still come from all over the corpus.
        var segment = (int)Math.Clamp(corpus.Length / FewestSegments, needed, SequencesPerSegment * needed);
        var shuffled = new ShuffledTokens(corpus, segment, seed);
        if (used < spec.MaxTokens)
            status.Warn(Text($"spec.dataset.maxTokens asks for {spec.MaxTokens:N0} tokens, but only {used:N0} are there for training; all of them are used"));

        if (source.Format == DatasetFormat.Packed) Check(shuffled.FindAtLeast(0, heldOut + used, vocabulary), source, vocabulary);
        Train = new TokenRange(shuffled, heldOut, used);
        Validation = validation is null ? new TokenRange(shuffled, 0, heldOut) : OpenValidation(validation, opener, vocabulary, needed);
        Digest = CorpusOpener.Hash([opener.Digest(source), validation is null ? "" : opener.Digest(validation), Text($"{seed} {segment} {heldOut} {used}")]);
    }

    private static long HeldOut(DatasetSpec spec, long corpus, long needed)
    {
        var heldOut = spec.ValidationTokens ?? Math.Max(Math.Min(corpus / 20, MostValidationTokens), needed);
        if (heldOut < needed)
            throw RunException.Invalid("spec.dataset.validationTokens", Text($"{heldOut}"), Text($"is less than one sequence and its target ({needed} tokens); raise it"));
        if (corpus - heldOut >= needed) return heldOut;
        if (spec.ValidationTokens is not null)
            throw RunException.Invalid("spec.dataset.validationTokens", Text($"{heldOut}"), Text($"leaves less than one sequence of the {corpus} tokens for training; lower it or add data"));
        throw RunException.Invalid("spec.dataset.uri", spec.Uri, Text(
            $"holds {corpus} tokens, too few for one sequence ({needed} tokens with its target) each of training and validation; add data, set spec.dataset.validationUri or lower spec.training.sequenceLength"));
    }

    private TokenCorpus OpenValidation(Corpus source, CorpusOpener opener, int vocabulary, long needed)
    {
        var corpus = Keep(opener.Open(source));
        RequireSequence(source, corpus.Length, needed);
        if (source.Format == DatasetFormat.Packed) Check(corpus.FindAtLeast(0, corpus.Length, vocabulary), source, vocabulary);
        return corpus;
    }

    private T Keep<T>(T opened)
        where T : IDisposable
    {
        _open.Add(opened);
        return opened;
    }

    private static void Check((string File, long Position, long Id)? found, Corpus source, int vocabulary)
    {
        if (found is { } bad) throw source.BadId(bad.File, bad.Position, bad.Id, vocabulary);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
