using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Inheritune.Api;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Makes ids of a corpus: packed files are mapped as they are or streamed from their store, text is tokenized into the cache first.
/// </summary>
/// <param name="spec">The dataset.</param>
/// <param name="tokenizer">Tokenizes text.</param>
/// <param name="vocabulary">Number of ids that the model has.</param>
/// <param name="blocks">Cache for what is streamed; null if nothing is.</param>
/// <param name="status">Hears what was found.</param>
/// <param name="cancellation">Stops the tokenizing.</param>
internal sealed class CorpusOpener(DatasetSpec spec, ITokenizer tokenizer, int vocabulary, BlockCache? blocks, IRunStatus status, CancellationToken cancellation)
{
    public ITokenizer Tokenizer => tokenizer;

    /// <exception cref="RunException">The files are missing, damaged or of another kind.</exception>
    public TokenCorpus Open(Corpus corpus)
    {
        PackedEvidence.Require(spec, corpus, tokenizer, vocabulary);
        var tokens = new TokenCorpus(corpus.Format == DatasetFormat.Packed
            ? [.. corpus.Files.Select(file => OpenPacked(corpus, file))]
            : [new MappedTokens(TokenCache.Tokenize(corpus, Digest(corpus), spec.TextField, tokenizer, status, cancellation), TokenCache.TypeFor(tokenizer.VocabularySize))]);
        var how = blocks is not null && corpus.IsStreamed ? FormattableString.Invariant($", streamed through {blocks.Bytes / 1e6:N1} MB in {CacheFolder.Location}") : "";
        status.Info(string.Create(CultureInfo.InvariantCulture, $"{corpus.Uri}: {tokens.Length:N0} tokens in {corpus.Files.Count:N0} {(corpus.Files.Count == 1 ? "file" : "files")}{how}"));
        return tokens;
    }

    /// <summary>Checks the ids of local packed files. Ids made of text are known to fit; streamed ones are checked when they arrive.</summary>
    /// <exception cref="RunException">One is beyond the vocabulary.</exception>
    public void Check(Corpus corpus, TokenCorpus tokens, IReadOnlyList<TokenRange> ranges)
    {
        if (corpus.Format != DatasetFormat.Packed || corpus.IsStreamed) return;
        var identity = (corpus.Contents ?? corpus.Files.Select(file => $"{FileStat.Of(file.LocalPath!)}")).Prepend($"{spec.TokenType}");
        if (IdCheck.FindAtLeast(tokens, ranges, vocabulary, identity, status, cancellation) is { } bad) throw corpus.BadId(bad.File, bad.Position, bad.Id, vocabulary);
    }

    /// <summary>SHA-256 of all that decides the ids: what the bytes of the files are, format, and for text the tokenizer.</summary>
    public string Digest(Corpus corpus) => DigestOf(new ContentDigests(status, cancellation).Identify(corpus), spec, tokenizer);

    /// <summary>As above, of a corpus whose contents are known.</summary>
    public static string DigestOf(Corpus corpus, DatasetSpec spec, ITokenizer tokenizer)
    {
        var isPacked = corpus.Format == DatasetFormat.Packed;
        var lines = new List<string> { "tokens v1", $"{corpus.Format}", isPacked ? $"{spec.TokenType}" : $"{tokenizer.Digest} {spec.TextField}" };
        lines.AddRange(corpus.Contents!);
        return Hash(lines);
    }

    public static string Hash(IEnumerable<string> lines) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));

    /// <summary>Number of ids in a packed file, from its size.</summary>
    /// <exception cref="RunException">The size does not fit the type.</exception>
    public static long CountPacked(CorpusFile file, TokenType type) => file.Info.Size % type.Size() == 0
        ? file.Info.Size / type.Size()
        : throw RunException.Invalid("spec.dataset.tokenType", $"{type}", string.Create(CultureInfo.InvariantCulture,
            $"does not fit {file.Name}: {file.Info.Size} bytes are not a multiple of {type.Size()}; correct the token type or copy the file again"));

    private ITokenFile OpenPacked(Corpus corpus, CorpusFile file)
    {
        _ = CountPacked(file, spec.TokenType);
        return file.LocalPath is { } path ? new MappedTokens(path, spec.TokenType) : new StreamedTokens(blocks!, corpus, file, spec.TokenType, vocabulary);
    }
}
