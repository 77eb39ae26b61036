using System.Diagnostics;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// The keys of an object store. Keys in files are read again from time to time, because a mounted Secret changes while the pod
/// runs. No key ever reaches a message: <see cref="ToString"/> and <see cref="Redact"/> see to that.
/// </summary>
internal sealed class S3Credentials
{
    private const string FolderVariable = "INHERITUNE_S3_CREDENTIALS";
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private static readonly (string Access, string Secret)[] Variables =
    [
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"), ("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"),
    ];

    private readonly Lock _lock = new();
    private readonly string? _folder;
    private readonly List<S3Keys> _seen;
    private long _readAt = Stopwatch.GetTimestamp();

    public S3Credentials(string accessKey, string secretKey, string sessionToken) => _seen = [new(accessKey, secretKey, sessionToken)];

    private S3Credentials(string folder) => (_folder, _seen) = (folder, [Read(folder)]);

    /// <summary>The keys to sign with now.</summary>
    public S3Keys Current
    {
        get
        {
            lock (_lock)
            {
                if (_folder is not null && Stopwatch.GetElapsedTime(_readAt) > Fresh) ReadAgain();
                return _seen[^1];
            }
        }
    }

    /// <summary>
    /// Reads the files <c>accessKeyId</c>, <c>secretAccessKey</c> and perhaps <c>sessionToken</c> in the folder
    /// <c>$INHERITUNE_S3_CREDENTIALS</c>, as a mounted Secret has them; without it, environment variables of the AWS and MinIO tools.
    /// </summary>
    public static S3Credentials Find()
    {
        if (S3Options.Variable(FolderVariable) is { } folder) return new S3Credentials(folder);
        foreach (var (access, secret) in Variables)
            if (S3Options.Variable(access) is { } accessKey && S3Options.Variable(secret) is { } secretKey)
                return new S3Credentials(accessKey, secretKey, access.StartsWith("AWS", StringComparison.Ordinal) ? S3Options.Variable("AWS_SESSION_TOKEN") ?? "" : "");

        throw new RunException(ExitCode.StorageDenied,
            $"no credentials for s3:// URIs; set {FolderVariable} to a folder with the files accessKeyId and secretAccessKey, or set {string.Join(", or ", Variables.Select(v => $"{v.Access} and {v.Secret}"))}");
    }

    /// <summary>Looks at the files at once, after a denial; whether there are other keys than <paramref name="refused"/> now.</summary>
    public bool Renewed(S3Keys refused)
    {
        lock (_lock)
        {
            if (_folder is not null) ReadAgain();
            return _seen[^1] != refused;
        }
    }

    /// <summary>A text that came from elsewhere, without the keys that it may quote.</summary>
    public string Redact(string text)
    {
        lock (_lock)
            foreach (var secret in _seen.SelectMany(keys => new[] { keys.SecretKey, keys.SessionToken, keys.AccessKey }).Where(secret => secret.Length > 0))
                text = text.Replace(secret, "(redacted)", StringComparison.Ordinal);
        return text;
    }

    public override string ToString() => "(credentials)";

    private void ReadAgain()
    {
        _readAt = Stopwatch.GetTimestamp();
        try
        {
            if (Read(_folder!) is var found && found != _seen[^1]) _seen.Add(found);
        }
        catch (RunException)
        {
            // In the middle of a change; the old keys may still do.
        }
    }

    private static S3Keys Read(string folder) =>
        new(ReadFile(folder, "accessKeyId"), ReadFile(folder, "secretAccessKey"), File.Exists(Path.Combine(folder, "sessionToken")) ? ReadFile(folder, "sessionToken") : "");

    private static string ReadFile(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        try
        {
            var text = File.ReadAllText(path).Trim();
            return text.Length > 0 ? text : throw new RunException(ExitCode.StorageDenied, $"{path}: is empty; it must hold the value of {name}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException(ExitCode.StorageDenied, $"{path}: cannot be read ({e.Message.TrimEnd('.')}); {FolderVariable} must name a folder with the files accessKeyId and secretAccessKey", e);
        }
    }
}
