using System.Globalization;
using Inheritune.Api;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Reads the documents of text and JSON-lines files as a stream of pieces. Text is UTF-8, with or without a byte-order
/// mark. Bytes that are not UTF-8 are an error that names file and offset, as Hugging Face's loader has it: they mean that
/// the file is of another encoding or damaged, and a model would silently learn the debris.
/// </summary>
public static class TextCorpus
{
    /// <summary>Pieces of all files, for whoever needs the words rather than the ids.</summary>
    public static IEnumerable<string> ReadText(Corpus corpus, string textField)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        RequireText(corpus);
        return corpus.Files.SelectMany(file => Read(file, textField)).Select(piece => piece.Text);
    }

    /// <exception cref="RunException">The corpus has no text to train a tokenizer on.</exception>
    public static void RequireText(Corpus corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        if (corpus.Format == DatasetFormat.Packed)
            throw RunException.Invalid(corpus.Field, corpus.Uri, "holds token ids, from which no tokenizer can be trained; give a text dataset or set architecture.tokenizerUri");
    }

    /// <summary>Pieces of one file, in order; a document may come in several pieces, an empty piece may end it.</summary>
    public static IEnumerable<TextPiece> Read(CorpusFile file, string textField) =>
        file.Format == DatasetFormat.JsonLines ? JsonLines.Read(file, textField) : TextFile.Read(file);

    internal static RunException NotUtf8(CorpusFile file, long offset) => new(
        ExitCode.InvalidInput,
        string.Create(CultureInfo.InvariantCulture, $"{file.Name}: {FileHeads.Packing(file) ?? $"not UTF-8 at byte {offset}; convert the file, for example with iconv -t UTF-8"}"));
}
