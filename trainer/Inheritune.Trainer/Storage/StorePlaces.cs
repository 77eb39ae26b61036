namespace Inheritune.Trainer.Storage;

/// <summary>How folders lie to each other.</summary>
internal static class StorePlaces
{
    /// <summary>Whether a folder, there or not, is this one or lies in it, however both are spelled.</summary>
    public static bool Contains(this IObjectStore outer, IObjectStore inner) => (outer, inner) switch
    {
        (FileStore folder, FileStore) => folder.Contains(inner.Location),
        (S3Store, S3Store) => $"{inner.Location}/".StartsWith($"{outer.Location}/", StringComparison.Ordinal),
        _ => false,
    };
}
