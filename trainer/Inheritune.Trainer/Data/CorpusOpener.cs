using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Inheritune.Api;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Data;

/// <summary>Makes ids of a corpus: packed files are mapped as they are, text is tokenized into the cache first.</summary>
internal sealed class CorpusOpener(DatasetSpec spec, ITokenizer tokenizer, IRunStatus status, CancellationToken cancellation)
{
    public TokenCorpus Open(Corpus corpus)
    {
        var paths = corpus.Format == DatasetFormat.Packed
            ? corpus.Files.Select(Local).ToArray()
            : [TokenCache.Tokenize(corpus, Digest(corpus), spec.TextField, tokenizer, status, cancellation)];
        var type = corpus.Format == DatasetFormat.Packed ? spec.TokenType : TokenCache.TypeFor(tokenizer.VocabularySize);
        var tokens = new TokenCorpus([.. paths.Select(path => new MappedTokens(path, type))]);
        status.Info(string.Create(CultureInfo.InvariantCulture, $"{corpus.Uri}: {tokens.Length:N0} tokens in {corpus.Files.Count:N0} {(corpus.Files.Count == 1 ? "file" : "files")}"));
        return tokens;
    }

    /// <summary>SHA-256 of all that decides the ids: files with their versions, format, and for text the tokenizer.</summary>
    public string Digest(Corpus corpus)
    {
        var isPacked = corpus.Format == DatasetFormat.Packed;
        var lines = new List<string> { "tokens v1", $"{corpus.Format}", isPacked ? $"{spec.TokenType}" : $"{tokenizer.Digest} {spec.TextField}" };
        lines.AddRange(corpus.Files.Select(Identity));
        return Hash(lines);
    }

    public static string Hash(IEnumerable<string> lines) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));

    private static string Identity(CorpusFile file) =>
        string.Create(CultureInfo.InvariantCulture, $"{file.Info.Key}\t{file.Info.Size}\t{file.Info.Version}");

    private string Local(CorpusFile file)
    {
        if (file.Info.Size % spec.TokenType.Size() != 0)
            throw RunException.Invalid("spec.dataset.tokenType", $"{spec.TokenType}", string.Create(CultureInfo.InvariantCulture,
                $"does not fit {file.Name}: {file.Info.Size} bytes are not a multiple of {spec.TokenType.Size()}; correct the token type or copy the file again"));
        return file.Store.LocalPath(file.Info.Key) ?? TokenCache.Copy(file, Hash(["copy v1", Identity(file), file.Store.Location]), status, cancellation);
    }
}
