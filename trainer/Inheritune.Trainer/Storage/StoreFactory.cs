using Inheritune.Api;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Storage;

/// <summary>Opens the stores behind URIs: a plain path, <c>file:///path</c> or <c>s3://bucket/prefix</c>. One per command.</summary>
/// <param name="settings">How <c>s3://</c> is reached; looked at when the first such URI is opened.</param>
/// <param name="status">Hears of requests that are tried again.</param>
/// <param name="stop">Ends every request in progress with <see cref="OperationCanceledException"/>.</param>
/// <param name="firstPatience">How long a server is tried again that has never been reached; null: as long as any.</param>
public sealed class StoreFactory(StorageSpec settings, IRunStatus status, CancellationToken stop, TimeSpan? firstPatience = null) : IDisposable
{
    private static readonly TimeSpan BriefPatience = TimeSpan.FromSeconds(20);

    private const string S3Scheme = "s3://";

    private S3Options? _options;
    private S3Client? _client;
    private S3Client? _savingClient;
    private S3Client? _briefClient;

    private S3Client Client => _client ??= new S3Client(Options, status, stop);

    /// <summary>One set of keys for all clients: temporary ones are asked for once.</summary>
    private S3Options Options
    {
        get
        {
            if (_options is not null) return _options;
            _options = S3Options.From(settings) with { FirstPatience = firstPatience };
            status.Info($"Credentials for s3:// come from {_options.Credentials.Source}");
            return _options;
        }
    }

    /// <summary>Opens a folder.</summary>
    /// <param name="uri">The URI; a relative path is taken relative to the current directory.</param>
    /// <param name="field">The field or option that holds it, for the error message.</param>
    public IObjectStore Open(string uri, string field) =>
        IsS3(uri) ? new S3Store(Client, S3Location.Parse(uri, field)) : OpenFolder(uri, field);

    /// <summary>Opens a folder for results: its requests are not ended by a stop, which is when there is something to save.</summary>
    /// <param name="uri">The URI.</param>
    /// <param name="field">The field that holds it.</param>
    /// <param name="brief">Whether requests that fail are soon given up.</param>
    public IObjectStore OpenOutput(string uri, string field, bool brief = false)
    {
        if (!IsS3(uri)) return OpenFolder(uri, field);
        var client = brief ? _briefClient ??= Saving(BriefPatience) : _savingClient ??= Saving(Options.Patience);
        return new S3Store(client, S3Location.Parse(uri, field));

        S3Client Saving(TimeSpan patience) =>
            new(patience < Options.Patience ? Options with { Patience = patience } : Options, status, stop, saves: true);
    }

    /// <summary>Opens the folder that holds a single object and returns the object's key.</summary>
    public (IObjectStore Store, string Key) OpenObject(string uri, string field)
    {
        if (IsS3(uri))
        {
            var (folder, key) = S3Location.Parse(uri, field).Split();
            return (new S3Store(Client, folder), key);
        }

        var path = Path.GetFullPath(LocalPath(uri, field));
        return (new FileStore(Path.GetDirectoryName(path) ?? "/"), Path.GetFileName(path));
    }

    /// <summary>Opens a folder that must be local.</summary>
    public static FileStore OpenFolder(string uri, string field) => new(LocalPath(uri, field));

    /// <summary>Resolves a URI against a base folder, as the paths in a manifest are relative to the manifest.</summary>
    public static string Resolve(string uri, string folder) =>
        uri.Contains("://", StringComparison.Ordinal) ? uri : Path.GetFullPath(Path.Combine(folder, uri));

    public void Dispose()
    {
        _client?.Dispose();
        _savingClient?.Dispose();
        _briefClient?.Dispose();
    }

    /// <summary>The path behind a plain path or a file URI.</summary>
    internal static string LocalPath(string uri, string field)
    {
        if (!uri.Contains("://", StringComparison.Ordinal)) return uri;
        if (Uri.TryCreate(uri, UriKind.Absolute, out var parsed) && parsed.IsFile && parsed.Host.Length == 0) return parsed.LocalPath;
        throw RunException.Invalid(field, uri, IsS3(uri) ? "must be a local file or folder; use file:///path or a plain path" : "has a scheme that this version cannot read; use s3://bucket/prefix, file:///path or a plain path");
    }

    private static bool IsS3(string uri) => uri.StartsWith(S3Scheme, StringComparison.Ordinal);
}
