namespace Inheritune.Trainer.Storage;

/// <summary>
/// The keys of an object store, renewed before they end and when a server refuses them, by one thread for all. No key ever reaches a
/// message: <see cref="ToString"/> and <see cref="Redact"/> see to that.
/// </summary>
/// <param name="source">Where they come from.</param>
/// <param name="time">By which they end.</param>
internal sealed class S3Credentials(IKeySource source, TimeProvider time)
{
    /// <summary>Temporary keys are renewed when they have less than this left, or less than a fourth of the time that they had.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromMinutes(15);

    /// <summary>After a renewal that failed, and while the old keys do.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>Keys that a service has just given and that are refused are not refused for their age.</summary>
    private static readonly TimeSpan Youth = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly HashSet<string> _secrets = [];
    private volatile Held? _held;

    /// <summary>The question that is under way, or was the last.</summary>
    private Task<S3Keys>? _fetch;

    public S3Credentials(string accessKey, string secretKey, string sessionToken)
        : this(new FixedKeys(new(accessKey, secretKey, sessionToken), "the caller"), TimeProvider.System)
    {
    }

    /// <summary>Where they come from, for people.</summary>
    public string Source => source.Description;

    /// <summary>The keys to sign with now.</summary>
    /// <exception cref="S3Exception">There are none.</exception>
    public async ValueTask<S3Keys> GetAsync(CancellationToken cancellation)
    {
        if (_held is { } held && IsFresh(held)) return held.Keys;
        try
        {
            return await Fetch(IsFresh).WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (S3Exception) when (_held is { } old && (old.Keys.Expiration is not { } end || time.GetUtcNow() < end))
        {
            // The service is away, or files are in the middle of a change; the old keys still do.
            _held = old with { Due = time.GetUtcNow() + (source.Recheck ?? Pause) };
            return old.Keys;
        }
    }

    /// <summary>Fetches keys at once, after a denial; whether there are other keys than <paramref name="refused"/> now.</summary>
    public async Task<bool> RenewedAsync(S3Keys refused, CancellationToken cancellation)
    {
        try
        {
            return await Fetch(held => held.Keys != refused || IsYoung(held)).WaitAsync(cancellation).ConfigureAwait(false) != refused;
        }
        catch (S3Exception)
        {
            // The denial is what the user must hear of.
            return false;
        }
    }

    /// <summary>A text that came from elsewhere, without the keys that it may quote.</summary>
    public string Redact(string text)
    {
        lock (_secrets)
            foreach (var secret in _secrets) text = text.Replace(secret, "(redacted)", StringComparison.Ordinal);
        return text;
    }

    public override string ToString() => "(credentials)";

    private bool IsFresh(Held held) => time.GetUtcNow() < held.Due;

    private bool IsYoung(Held held) => source.Recheck is null && time.GetUtcNow() - held.Fetched < Youth;

    /// <summary>New keys, unless those that are held are good. All threads wait for the same ones.</summary>
    private Task<S3Keys> Fetch(Func<Held, bool> isGood)
    {
        lock (_lock)
        {
            if (_fetch is { IsCompleted: false }) return _fetch;
            if (_held is { } held && isGood(held)) return Task.FromResult(held.Keys);
            return _fetch = FetchAsync();
        }
    }

    private async Task<S3Keys> FetchAsync()
    {
        // Whoever stops waiting stops for itself; the source has a limit of its own.
        var keys = await source.FetchAsync(CancellationToken.None).ConfigureAwait(false);
        lock (_secrets) _secrets.UnionWith(new[] { keys.SecretKey, keys.SessionToken, keys.AccessKey }.Where(secret => secret.Length > 0));
        var now = time.GetUtcNow();
        _held = new(keys, now, Due(keys, now));
        return keys;
    }

    private DateTimeOffset Due(S3Keys keys, DateTimeOffset now)
    {
        if (keys.Expiration is not { } end) return source.Recheck is { } recheck ? now + recheck : DateTimeOffset.MaxValue;
        var reserve = (end - now) / 4;
        return end - (reserve < Reserve ? reserve : Reserve);
    }

    /// <param name="Keys">The keys.</param>
    /// <param name="Fetched">When they came.</param>
    /// <param name="Due">When they are looked at again.</param>
    private sealed record Held(S3Keys Keys, DateTimeOffset Fetched, DateTimeOffset Due);
}
