namespace Inheritune.Trainer.Storage;

/// <summary>Keys of an object store. They never reach a message: <see cref="ToString"/> and <see cref="Redact"/> see to that.</summary>
internal sealed class S3Credentials(string accessKey, string secretKey, string sessionToken)
{
    private const string FolderVariable = "INHERITUNE_S3_CREDENTIALS";

    private static readonly (string Access, string Secret)[] Variables =
    [
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"), ("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"),
    ];

    public string AccessKey { get; } = accessKey;

    public string SecretKey { get; } = secretKey;

    /// <summary>Token of temporary credentials; empty for permanent ones.</summary>
    public string SessionToken { get; } = sessionToken;

    /// <summary>
    /// Reads the files <c>accessKeyId</c>, <c>secretAccessKey</c> and perhaps <c>sessionToken</c> in the folder
    /// <c>$INHERITUNE_S3_CREDENTIALS</c>, as a mounted Secret has them; without it, environment variables of the AWS and MinIO tools.
    /// </summary>
    public static S3Credentials Find()
    {
        if (S3Options.Variable(FolderVariable) is { } folder)
            return new S3Credentials(ReadFile(folder, "accessKeyId"), ReadFile(folder, "secretAccessKey"), File.Exists(Path.Combine(folder, "sessionToken")) ? ReadFile(folder, "sessionToken") : "");

        foreach (var (access, secret) in Variables)
            if (S3Options.Variable(access) is { } accessKey && S3Options.Variable(secret) is { } secretKey)
                return new S3Credentials(accessKey, secretKey, access.StartsWith("AWS", StringComparison.Ordinal) ? S3Options.Variable("AWS_SESSION_TOKEN") ?? "" : "");

        throw new RunException(ExitCode.StorageDenied,
            $"no credentials for s3:// URIs; set {FolderVariable} to a folder with the files accessKeyId and secretAccessKey, or set {string.Join(", or ", Variables.Select(v => $"{v.Access} and {v.Secret}"))}");
    }

    /// <summary>A text that came from elsewhere, without the keys that it may quote.</summary>
    public string Redact(string text)
    {
        foreach (var secret in (ReadOnlySpan<string>)[SecretKey, SessionToken, AccessKey])
            if (secret.Length > 0) text = text.Replace(secret, "(redacted)", StringComparison.Ordinal);
        return text;
    }

    public override string ToString() => "(credentials)";

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
