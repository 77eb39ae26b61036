namespace Inheritune.Trainer.Storage;

/// <summary>Where keys come from.</summary>
internal interface IKeySource
{
    /// <summary>Names it by the variables that chose it; holds no key.</summary>
    string Description { get; }

    /// <summary>How long keys that name no end of their own are good for before they are looked at again; null: for ever.</summary>
    TimeSpan? Recheck => null;

    /// <summary>The keys as they are now.</summary>
    /// <exception cref="S3Exception">There are none, for now or at all.</exception>
    Task<S3Keys> FetchAsync(CancellationToken cancellation);
}
