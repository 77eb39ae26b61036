using System.Security.Cryptography;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Runs;

/// <summary>
/// An output that several processes can reach. Before anything that was written becomes visible it is made sure that the run has not
/// passed to another process in the meantime.
/// </summary>
/// <param name="inner">The output.</param>
/// <param name="hold">Knows when the run has passed on.</param>
/// <param name="digests">Takes the SHA-256 digest of each object that is written, in hexadecimal, by its key.</param>
internal sealed class OwnedStore(IObjectStore inner, OutputHold hold, IDictionary<string, string>? digests = null) : IObjectStore
{
    public string Location => inner.Location;

    public ObjectInfo? Stat(string key) => inner.Stat(key);

    public IReadOnlyList<ObjectInfo> List(string prefix) => inner.List(prefix);

    public void Read(string key, long offset, Span<byte> destination) => inner.Read(key, offset, destination);

    public Stream OpenRead(string key) => inner.OpenRead(key);

    public void Write(string key, Action<Stream> content) => inner.Write(key, stream =>
    {
        hold.ThrowIfLost();
        using var sha = digests is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var hashing = sha is null ? null : new HashingStream(stream, sha);
        content(hashing ?? stream);
        if (sha is not null) digests![key] = Convert.ToHexStringLower(sha.GetHashAndReset());
        hold.Verify();
    });

    public ObjectInfo? Replace(string key, ObjectInfo? current, ReadOnlyMemory<byte> content) => inner.Replace(key, current, content);

    public void Delete(string key)
    {
        hold.Verify();
        inner.Delete(key);
    }

    public void RemoveUnfinished() => inner.RemoveUnfinished();

    public string? LocalPath(string key) => inner.LocalPath(key);
}
