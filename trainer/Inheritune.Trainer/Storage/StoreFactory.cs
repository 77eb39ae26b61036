namespace Inheritune.Trainer.Storage;

/// <summary>Opens the store behind a URI: a plain path or <c>file://</c>.</summary>
public static class StoreFactory
{
    /// <summary>Opens a folder.</summary>
    /// <param name="uri">The URI; a relative path is taken relative to the current directory.</param>
    /// <param name="field">The field or option that holds it, for the error message.</param>
    public static IObjectStore Open(string uri, string field) => new FileStore(LocalPath(uri, field));

    /// <summary>Opens the folder that holds a single object and returns the object's key.</summary>
    public static (IObjectStore Store, string Key) OpenObject(string uri, string field)
    {
        var path = Path.GetFullPath(LocalPath(uri, field));
        return (new FileStore(Path.GetDirectoryName(path) ?? "/"), Path.GetFileName(path));
    }

    /// <summary>Resolves a URI against a base folder, as the paths in a manifest are relative to the manifest.</summary>
    public static string Resolve(string uri, string folder) =>
        uri.Contains("://", StringComparison.Ordinal) ? uri : Path.GetFullPath(Path.Combine(folder, uri));

    private static string LocalPath(string uri, string field)
    {
        if (!uri.Contains("://", StringComparison.Ordinal)) return uri;
        if (Uri.TryCreate(uri, UriKind.Absolute, out var parsed) && parsed.IsFile && parsed.Host.Length == 0) return parsed.LocalPath;
        throw RunException.Invalid(field, uri, "has a scheme that this version cannot read; use file:///path or a plain path");
    }
}
