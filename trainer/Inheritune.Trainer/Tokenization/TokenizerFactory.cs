using System.Text.Json;
using Google.Protobuf;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tokenization;

/// <summary>
/// Loads the tokenizer of a Hugging Face model folder. What cannot be reproduced id for id is refused: a model that is
/// trained or measured on other ids than its own fails silently.
/// </summary>
public static class TokenizerFactory
{
    /// <summary>Loads <c>tokenizer.model</c>, else <c>tokenizer.json</c>, else GPT-2's <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="field">The field or option that names the folder, for error messages.</param>
    /// <param name="modelVocabularySize">Rows of the model's embedding, which may be padded beyond the tokenizer but must not be fewer than the ids that text is made of; added tokens beyond are an error when a text holds one.</param>
    /// <exception cref="RunException">There is no tokenizer, it is damaged, of a kind that is not supported, or has more ids than the model.</exception>
    public static ITokenizer Load(IObjectStore folder, string field, int modelVocabularySize)
    {
        var tokenizer = Open(folder, field, modelVocabularySize, out var why) ?? throw why!;
        if (tokenizer.VocabularySize <= modelVocabularySize) return tokenizer;
        throw RunException.Invalid(field, folder.Location,
            $"has a tokenizer of {tokenizer.VocabularySize} ids but a model of only {modelVocabularySize} (vocab_size in config.json); put the tokenizer files that belong to the model there");
    }

    /// <summary>As above, for data that holds ids already: where there is no tokenizer, or one of a kind that is not supported, an <see cref="AbsentTokenizer"/> stands in.</summary>
    public static ITokenizer LoadForIds(IObjectStore folder, string field, int modelVocabularySize) =>
        Open(folder, field, modelVocabularySize, out var why) is null ? new AbsentTokenizer(why!, modelVocabularySize) : Load(folder, field, modelVocabularySize);

    /// <summary>As above, without a model to fit.</summary>
    public static ITokenizer Load(IObjectStore folder, string field) => Open(folder, field, rows: int.MaxValue, out var why) ?? throw why!;

    /// <summary>The tokenizer, or null and why there is none.</summary>
    private static ITokenizer? Open(IObjectStore folder, string field, int rows, out RunException? why)
    {
        why = null;
        var files = TokenizerFiles.Read(folder);
        var loader = new TokenizerLoader(folder.Location, rows, files, TokenizerSettings.Read(files, folder));
        try
        {
            if (loader.Load() is { } tokenizer) return tokenizer;
            why = RunException.Invalid(field, folder.Location,
                "has no tokenizer; looked for tokenizer.model, tokenizer.json, vocab.json with merges.txt, and encoder.json with vocab.bpe. Copy the tokenizer files of the model into this folder");
        }
        catch (UnsupportedTokenizerException e)
        {
            why = RunException.Invalid(field, folder.Location, $"{loader.File} {e.Message}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or InvalidProtocolBufferException)
        {
            throw new RunException(ExitCode.InvalidInput, $"{folder.Location}/{loader.File}: damaged or not a tokenizer ({(e is KeyNotFoundException ? "an entry that it needs is missing" : e.Message.TrimEnd('.'))}); copy the file from the model's source again", e);
        }

        return null;
    }
}
