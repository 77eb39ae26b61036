using System.Text.RegularExpressions;

namespace Inheritune.Trainer.Storage;

/// <summary>A place in a bucket.</summary>
/// <param name="Bucket">Name of the bucket.</param>
/// <param name="Prefix">Key or prefix of keys without a slash at either end; empty for the whole bucket.</param>
internal sealed partial record S3Location(string Bucket, string Prefix)
{
    /// <summary>Reads <c>s3://bucket/prefix</c>; a slash at the end makes no difference.</summary>
    public static S3Location Parse(string uri, string field)
    {
        var parts = uri["s3://".Length..].Split('/', 2);
        var location = new S3Location(parts[0], parts is [_, var rest] ? rest.TrimEnd('/') : "");
        if (!BucketName().IsMatch(location.Bucket))
            throw RunException.Invalid(field, uri, "has no valid bucket name: 3 to 63 lower case letters, digits, '-' and '.'; write s3://bucket/prefix");
        // A URL library drops such segments after the signature was made over them.
        if (location.Prefix.Length > 0 && location.Prefix.Split('/').Any(segment => segment is "" or "." or ".."))
            throw RunException.Invalid(field, uri, "has an empty segment, '.' or '..' in its prefix; write s3://bucket/prefix");
        return location;
    }

    /// <summary>The key of an object below this prefix.</summary>
    public string Key(string relative) => Prefix.Length == 0 ? relative : $"{Prefix}/{relative}";

    /// <summary>The folder above and the last segment.</summary>
    public (S3Location Folder, string Name) Split()
    {
        var slash = Prefix.LastIndexOf('/');
        return (this with { Prefix = slash < 0 ? "" : Prefix[..slash] }, Prefix[(slash + 1)..]);
    }

    public override string ToString() => Prefix.Length == 0 ? $"s3://{Bucket}" : $"s3://{Bucket}/{Prefix}";

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    private static partial Regex BucketName();
}
