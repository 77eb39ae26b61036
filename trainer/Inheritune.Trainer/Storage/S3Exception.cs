namespace Inheritune.Trainer.Storage;

/// <summary>A request to an object store failed; becomes a <see cref="RunException"/> or another try in <see cref="S3Retry"/>.</summary>
/// <param name="cause">The kind of failure.</param>
/// <param name="message">What happened, and the remedy where one is known, without names and keys.</param>
internal sealed class S3Exception(S3Cause cause, string message, Exception? inner = null) : Exception(message, inner)
{
    public S3Cause Cause { get; } = cause;

    /// <summary>How long the server asks to be left alone.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>No server of that name is there, or none that takes a connection.</summary>
    public bool IsUnreachable { get; init; }
}
