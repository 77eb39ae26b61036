namespace Inheritune.Trainer.Storage;

/// <summary>
/// The files <c>accessKeyId</c>, <c>secretAccessKey</c> and perhaps <c>sessionToken</c> in a folder, as a mounted Secret has them. They are
/// read again from time to time, because such a Secret changes while the pod runs.
/// </summary>
internal sealed class KeyFolder(string folder) : IKeySource
{
    public const string Variable = "INHERITUNE_S3_CREDENTIALS";

    public string Description => $"the files in {folder} ({Variable})";

    public TimeSpan? Recheck => TimeSpan.FromSeconds(5);

    public Task<S3Keys> FetchAsync(CancellationToken cancellation) => Task.FromResult(Read());

    /// <exception cref="S3Exception">A file is missing, empty or not to be read.</exception>
    public S3Keys Read() =>
        new(ReadFile("accessKeyId"), ReadFile("secretAccessKey"), File.Exists(PathOf("sessionToken")) ? ReadFile("sessionToken") : "");

    private string PathOf(string name) => Path.Combine(folder, name);

    private string ReadFile(string name)
    {
        var path = PathOf(name);
        try
        {
            var text = File.ReadAllText(path).Trim();
            return text.Length > 0 ? text : throw new S3Exception(S3Cause.Denied, $"{path}: is empty; it must hold the value of {name}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var what = $"{path}: cannot be read ({e.Message.TrimEnd('.')})";
            var remedy = $"{Variable} must name a folder with the files accessKeyId and secretAccessKey";
            throw new S3Exception(S3Cause.Denied, $"{what}; {remedy}{Others()}", e);
        }
    }

    /// <summary>Of a Secret whose keys have other names: what it has, and how one is made.</summary>
    private string Others()
    {
        // A mounted Secret has folders of the kubelet's beside its keys, which begin with two dots.
        var entries = Directory.Exists(folder) ? Directory.GetFileSystemEntries(folder) : [];
        var keys = entries.Select(entry => Path.GetFileName(entry)).Where(name => !name.StartsWith("..", StringComparison.Ordinal));
        string[] names = [.. keys.Order(StringComparer.Ordinal).Take(8)];
        if (names.Length == 0) return "";
        return $", and this one has {string.Join(", ", names)}. "
            + "A right one: kubectl create secret generic NAME --from-literal=accessKeyId=... --from-literal=secretAccessKey=...";
    }
}
