using System.Globalization;
using Inheritune.Api;

namespace Inheritune.Trainer.Data;

/// <summary>What the sizes of a dataset's files say.</summary>
/// <param name="Bytes">Size of all files, those of the validation data included.</param>
/// <param name="Tokens">Number of ids in the dataset itself; null for text, whose ids are counted when it is tokenized.</param>
internal sealed record DatasetSize(long Bytes, long? Tokens)
{
    /// <summary>Ids that a tokenizer may add to a file: begin, prefix, end and one to spare. Apart from these no id stands for less than a byte.</summary>
    private const int AddedPerFile = 4;

    /// <exception cref="RunException">There cannot be enough for a sequence each of training and validation.</exception>
    public static DatasetSize Of(DatasetSpec spec, Corpus dataset, Corpus? validation, int sequenceLength)
    {
        var needed = sequenceLength + 1L;
        var bytes = dataset.Files.Concat(validation?.Files ?? []).Sum(file => file.Info.Size);
        if (dataset.Format != DatasetFormat.Packed)
        {
            Require(dataset, validation is null ? 2 * needed : needed);
            if (validation is not null) Require(validation, needed);
            _ = DatasetSplit.Sizes(spec, Most(dataset), sequenceLength);
            return new(bytes, null);
        }

        long Count(Corpus corpus) => corpus.Files.Sum(file => CorpusOpener.CountPacked(file, spec.TokenType));
        if (validation is not null) TokenizedDataset.RequireSequence(validation, Count(validation), needed);
        var tokens = Count(dataset);
        _ = DatasetSplit.Sizes(spec, tokens, sequenceLength);
        return new(bytes, tokens);
    }

    private static void Require(Corpus corpus, long needed)
    {
        if (Most(corpus) < needed)
            throw RunException.Invalid(corpus.Field, corpus.Uri, string.Create(CultureInfo.InvariantCulture,
                $"has {corpus.Files.Sum(file => file.Info.Size)} bytes of text, too few for the {needed} tokens that the sequences need; add data or lower spec.training.sequenceLength"));
    }

    private static long Most(Corpus corpus) => corpus.Files.Sum(file => file.Info.Size == 0 ? 0 : file.Info.Size + AddedPerFile);
}
