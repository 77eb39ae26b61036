namespace Inheritune.Trainer.Storage;

/// <summary>One pair of keys with, for temporary ones, their token; the token is empty for permanent keys.</summary>
internal sealed record S3Keys(string AccessKey, string SecretKey, string SessionToken)
{
    /// <summary>When they cease to work; null for permanent keys, and for those of which nobody says it.</summary>
    public DateTimeOffset? Expiration { get; init; }

    /// <summary>Keys never reach a message.</summary>
    public override string ToString() => "(credentials)";
}
