using Inheritune.Trainer.Status;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Data;

/// <summary>Turns text into packed ids.</summary>
internal static class CorpusTokenizer
{
    private const double Megabyte = 1e6;

    /// <summary>Writes the ids of a text corpus as <see cref="TokenCache.TypeFor"/> has them, and returns how many there are.</summary>
    public static long Write(Corpus corpus, string textField, ITokenizer tokenizer, Stream output, IRunStatus status, CancellationToken cancellation)
    {
        var writer = new PackedWriter(output, TokenCache.TypeFor(tokenizer.VocabularySize));
        var encoder = new DocumentEncoder(tokenizer, writer.Write, cancellation: cancellation);
        using var stage = status.Begin("Tokenizing", corpus.Files.Sum(file => file.Info.Size) / Megabyte, "MB");
        var before = 0L;
        foreach (var file in corpus.Files)
        {
            encoder.Source = file.Name;
            foreach (var piece in TextCorpus.Read(file, textField))
            {
                cancellation.ThrowIfCancellationRequested();
                encoder.Append(piece);
                stage.Report((before + piece.Bytes) / Megabyte, file.Info.Key);
            }

            file.RequireUnchanged();
            before += file.Info.Size;
        }

        writer.Flush();
        return writer.Count;
    }
}
