namespace Inheritune.Trainer.Storage;

/// <summary>One pair of keys with, for temporary ones, their token; the token is empty for permanent keys.</summary>
internal sealed record S3Keys(string AccessKey, string SecretKey, string SessionToken)
{
    /// <summary>Keys never reach a message.</summary>
    public override string ToString() => "(credentials)";
}
