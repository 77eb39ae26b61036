namespace Inheritune.Trainer.Storage;

/// <summary>
/// A folder of objects behind a URI. Keys are relative, separated by '/'. Methods block: the trainer has one thread
/// of control, and a store may parallelise within a call; only <see cref="Read"/> is called by several threads. Failures are
/// <see cref="RunException"/>s with the documented code.
/// </summary>
public interface IObjectStore
{
    /// <summary>The URI as people write it, for messages.</summary>
    string Location { get; }

    /// <summary>Size of the object, or null when there is none.</summary>
    ObjectInfo? Stat(string key);

    /// <summary>All objects whose key starts with <paramref name="prefix"/>, ordered by key.</summary>
    IReadOnlyList<ObjectInfo> List(string prefix);

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/>; an object that is too short is an error.</summary>
    void Read(string key, long offset, Span<byte> destination);

    /// <summary>As <see cref="Read"/>, but in the background and into several places, which the bytes fill one after the other.</summary>
    Task ReadAsync(string key, long offset, IReadOnlyList<Memory<byte>> destinations, CancellationToken cancellation) => Task.Run(() =>
    {
        foreach (var destination in destinations)
        {
            cancellation.ThrowIfCancellationRequested();
            Read(key, offset, destination.Span);
            offset += destination.Length;
        }
    }, cancellation);

    /// <summary>Opens the object for one sequential pass.</summary>
    Stream OpenRead(string key);

    /// <summary>Writes the object as a whole: readers see the old content or the new, even after a crash at any byte.</summary>
    void Write(string key, Action<Stream> content);

    /// <summary>
    /// Writes a small object if it is still as it was seen; null stands for an object that is not there. Of several writers who saw the
    /// same, one succeeds.
    /// </summary>
    /// <returns>The new object, or null when another writer was faster; then nothing was written.</returns>
    ObjectInfo? Replace(string key, ObjectInfo? current, ReadOnlyMemory<byte> content);

    /// <summary>Removes the object; nothing happens when there is none.</summary>
    void Delete(string key);

    /// <summary>Removes what writes that never finished have left behind; only for the one who owns the folder.</summary>
    void RemoveUnfinished();

    /// <summary>Path of the object when the store is a local folder, else null.</summary>
    string? LocalPath(string key);
}
