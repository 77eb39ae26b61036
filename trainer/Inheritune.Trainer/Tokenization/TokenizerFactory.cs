using System.Text;
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
    private static readonly (string Vocabulary, string Merges)[] Gpt2Pairs = [("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe")];

    /// <summary>Loads <c>tokenizer.model</c>, else <c>tokenizer.json</c>, else GPT-2's <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="field">The field or option that names the folder, for error messages.</param>
    /// <param name="modelVocabularySize">Rows of the model's embedding, which may be padded beyond the tokenizer but must not be fewer than its ids.</param>
    /// <exception cref="RunException">There is no tokenizer, it is damaged, of a kind that is not supported, or has more ids than the model.</exception>
    public static ITokenizer Load(IObjectStore folder, string field, int modelVocabularySize)
    {
        var tokenizer = Load(folder, field);
        if (tokenizer.VocabularySize <= modelVocabularySize) return tokenizer;
        throw RunException.Invalid(field, folder.Location,
            $"has a tokenizer of {tokenizer.VocabularySize} ids but a model of only {modelVocabularySize} (vocab_size in config.json); put the tokenizer files that belong to the model there");
    }

    /// <summary>As above, without a model to fit.</summary>
    public static ITokenizer Load(IObjectStore folder, string field)
    {
        var files = TokenizerFiles.Read(folder);
        var settings = TokenizerSettings.Read(files, folder);
        var name = TokenizerFiles.SentencePiece;
        try
        {
            if (files.Content.ContainsKey(name)) return LoadSentencePiece(files, settings);
            name = TokenizerFiles.Json;
            if (files.Content.ContainsKey(name)) return LoadJson(files, settings);
            foreach (var pair in Gpt2Pairs)
            {
                name = pair.Vocabulary;
                if (files.Content.ContainsKey(pair.Vocabulary) && files.Content.ContainsKey(pair.Merges))
                    return LoadGpt2(files, settings, pair.Vocabulary, pair.Merges);
            }
        }
        catch (UnsupportedTokenizerException e)
        {
            throw RunException.Invalid(field, folder.Location, $"{name} {e.Message}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or InvalidProtocolBufferException)
        {
            throw new RunException(ExitCode.InvalidInput, $"{folder.Location}/{name}: damaged or not a tokenizer ({(e is KeyNotFoundException ? "an entry that it needs is missing" : e.Message.TrimEnd('.'))}); copy the file from the model's source again", e);
        }

        throw RunException.Invalid(field, folder.Location,
            "has no tokenizer; looked for tokenizer.model, tokenizer.json, vocab.json with merges.txt, and encoder.json with vocab.bpe. Copy the tokenizer files of the model into this folder");
    }

    private static SentencePieceBpe LoadSentencePiece(TokenizerFiles files, TokenizerSettings settings)
    {
        var file = SentencePieceFile.Parse(files.Content[TokenizerFiles.SentencePiece]);
        if (file.ModelType != 2)
            throw new UnsupportedTokenizerException($"holds a SentencePiece model of type {(file.ModelType == 1 ? "Unigram" : $"{file.ModelType}")}; only byte-pair encoding (Llama) is supported. Use a model with such a tokenizer");
        if (file.HasCharacterMap || file.RemovesExtraSpaces || !file.EscapesSpaces)
            throw new UnsupportedTokenizerException("normalizes text (a character map or space removal); only the identity normalizer (Llama) is supported. Use a model with such a tokenizer");
        if (file.Pieces.Exists(piece => piece.Type is SentencePieceType.UserDefined or SentencePieceType.Unused))
            throw new UnsupportedTokenizerException("has user-defined or unused pieces, which split text in their own way; use a model with an ordinary tokenizer");
        var ids = file.Pieces.Select((piece, id) => (piece.Text, id)).ToDictionary(entry => entry.Text, entry => entry.id, StringComparer.Ordinal);
        var marks = settings.Marks(ids, beginByDefault: ids.ContainsKey("<s>") ? "<s>" : null, endByDefault: "</s>");
        return new SentencePieceBpe(file, marks, files.Digest(marks, TokenizerFiles.SentencePiece));
    }

    private static ByteLevelTokenizer LoadJson(TokenizerFiles files, TokenizerSettings settings)
    {
        using var json = JsonDocument.Parse(files.Content[TokenizerFiles.Json]);
        var parsed = TokenizerJson.Parse(json.RootElement);
        var marks = settings.Marks(parsed.Ids, parsed.BeginToken, TokenizerJson.EndOfText);
        return new ByteLevelTokenizer(parsed.Model, marks, files.Digest(marks, TokenizerFiles.Json));
    }

    private static ByteLevelTokenizer LoadGpt2(TokenizerFiles files, TokenizerSettings settings, string vocabulary, string merges)
    {
        var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(files.Content[vocabulary])!;
        var lines = Encoding.UTF8.GetString(files.Content[merges]).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        // The first line is a comment; a merge may itself begin with '#'.
        var pairs = lines.Skip(lines is [['#', 'v', ..], ..] ? 1 : 0).ToArray();
        var special = ids.TryGetValue(TokenizerJson.EndOfText, out var end) ? new HashSet<int> { end } : [];
        var marks = settings.Marks(ids, beginByDefault: null, TokenizerJson.EndOfText);
        return new ByteLevelTokenizer(new BytePairModel(ids, pairs, special, PreTokenizer.Gpt2, IgnoreMerges: false), marks, files.Digest(marks, vocabulary, merges));
    }
}
