namespace Inheritune.Trainer.Storage;

/// <summary>Keys that stay what they are, such as those of the environment.</summary>
/// <param name="keys">The keys.</param>
/// <param name="description">Where they were found.</param>
internal sealed class FixedKeys(S3Keys keys, string description) : IKeySource
{
    public string Description => description;

    public Task<S3Keys> FetchAsync(CancellationToken cancellation) => Task.FromResult(keys);
}
