namespace Inheritune.Api;

/// <summary>Where the name of a bucket stands in the URLs of an object store.</summary>
public enum AddressingStyle
{
    /// <summary>In the path, as MinIO has it: <c>https://minio.example/bucket/key</c>.</summary>
    Path,

    /// <summary>In the host name, as AWS prefers it: <c>https://bucket.s3.example/key</c>.</summary>
    VirtualHost,
}
