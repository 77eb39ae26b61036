using System.Text;
using Inheritune.EndToEnd.Tests.Storage;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Minio;
using Minio.DataModel.Args;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>
/// What tests that go on one after another have to themselves, so that those of another lane may go on beside them:
/// a GPU of the node, and an object store with a reference and a text.
/// </summary>
/// <param name="gpu">Name of the resource of which the node has one.</param>
/// <param name="address">The store's, in pods.</param>
internal sealed class PodLane(string gpu, string address) : IDisposable
{
    private const string Bucket = "inheritune";

    /// <summary>Of the book's characters; a longer text takes a run longer to begin.</summary>
    private const int TextLength = 200_000;

    public string Gpu => gpu;

    public CephGateway Store { get; } = CephGateway.Start();

    /// <summary>The store, as pods see it.</summary>
    public string Endpoint => $"http://{address}:80";

    /// <summary>What a node has to be told so that they do.</summary>
    public string Service => $"{address}:80={Store.Endpoint.Port}";

    public static string Uri(string key) => $"s3://{Bucket}/{key}";

    /// <summary>A prefix of the bucket, from outside the cluster.</summary>
    public S3Store Open(string key)
    {
        var options = new S3Options(Store.Endpoint, "us-east-1", new S3Credentials(Store.AccessKey, Store.SecretKey, ""), null, TimeSpan.FromSeconds(20));
        return new(new S3Client(options, SilentStatus.Instance, CancellationToken.None), S3Location.Parse(Uri(key), "test"));
    }

    /// <summary>Makes the bucket, with what runs read.</summary>
    public async Task FillAsync()
    {
        using var client = new MinioClient().WithEndpoint(Store.Endpoint).WithCredentials(Store.AccessKey, Store.SecretKey).WithRegion("us-east-1").Build();
        await client.MakeBucketAsync(new MakeBucketArgs().WithBucket(Bucket));
        var reference = Open("reference");
        foreach (var file in Directory.EnumerateFiles(TestData.Path("checkpoints/stories260K"))) Put(reference, Path.GetFileName(file), File.ReadAllBytes(file));
        Put(Open("text"), "stories.txt", Encoding.UTF8.GetBytes(File.ReadAllText(TestData.Path("corpora/grimms-fairy-tales.txt"))[..TextLength]));
    }

    public void Dispose() => Store.Dispose();

    private static void Put(S3Store store, string key, byte[] content) => store.Write(key, stream => stream.Write(content));
}
