using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Inheritune.Api;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Runs;

/// <summary>
/// Stores the checkpoints of a run whose output is an object store. A checkpoint counts when the
/// run's marker names it, which is one conditional write after its files are there, so a crash at any moment leaves the one before.
/// The names carry the number of the attempt: a process that does not know yet that it has been replaced writes elsewhere.
/// </summary>
internal sealed class CheckpointMirror(RunFolder folder, int keepLast, IRunStatus status) : ICheckpointMirror
{
    private const double Megabyte = 1e6;

    private string? _stored;

    public void Store(string local, CheckpointManifest manifest, long begin, CancellationToken abandon)
    {
        if (local == _stored) return;
        var (output, remote) = (folder.Store, string.Create(CultureInfo.InvariantCulture, $"{local.TrimEnd('/')}.attempt-{folder.Marker.Attempt}/"));
        using var stage = status.Begin(string.Create(CultureInfo.InvariantCulture, $"Storing the checkpoint of step {manifest.State.Step}"), manifest.Bytes / Megabyte, "MB");
        var done = 0L;
        void Counted(int count)
        {
            abandon.ThrowIfCancellationRequested();
            stage.Report((done += count) / Megabyte);
        }

        foreach (var file in manifest.Files)
            output.Write(remote + file.Name, stream => Copy(folder.Work.OpenRead(local + file.Name), stream, file.Size, Counted));

        void WriteMetrics(string key) => output.Write(key, stream => Copy(folder.Work.OpenRead(RunPipeline.MetricsKey), stream, manifest.State.MetricsBytes));
        WriteMetrics(remote + RunPipeline.MetricsKey);
        var document = JsonSerializer.SerializeToUtf8Bytes(manifest, TrainingCheckpoints.Json);
        output.Write(remote + TrainingCheckpoints.ManifestFile, stream => stream.Write(document));
        var now = DateTimeOffset.UtcNow;
        folder.Update(marker => marker with { Checkpoints = [remote, .. marker.Checkpoints.Take(keepLast - 1)], CheckpointTime = now });
        _stored = local;
        status.Report(new RunCheckpoint { Step = manifest.State.Step, Uri = $"{output.Location}/{remote.TrimEnd('/')}", Sha256 = ContentDigest.Of(document), Time = now, SaveSeconds = SaveTimes.Since(begin) });

        foreach (var old in output.List(TrainingCheckpoints.Folder).Where(info => !folder.Marker.Checkpoints.Any(name => info.Key.StartsWith(name, StringComparison.Ordinal)))) output.Delete(old.Key);
        WriteMetrics(RunPipeline.MetricsKey);
    }

    /// <summary>
    /// Brings the newest whole checkpoint of an earlier attempt, and the metrics up to it, into the work folder. A damaged one is passed
    /// over with a warning.
    /// </summary>
    public void Restore(CancellationToken stop)
    {
        foreach (var remote in folder.Marker.Checkpoints)
        {
            if (TryRestore(remote, stop) is { } local)
            {
                _stored = local;
                return;
            }

            status.Warn($"Checkpoint {folder.Store.Location}/{remote} is damaged; trying the one before it");
            foreach (var part in folder.Work.List(TrainingCheckpoints.Folder)) folder.Work.Delete(part.Key);
            folder.Update(marker => marker with { Checkpoints = [.. marker.Checkpoints.Where(name => name != remote)], CheckpointTime = null });
        }
    }

    /// <returns>The local folder, or null when something is missing or not what was written.</returns>
    private string? TryRestore(string remote, CancellationToken stop)
    {
        if (ReadManifest(remote) is not { } manifest) return null;
        var local = TrainingCheckpoints.FolderOf(manifest.State.Step);
        using var stage = status.Begin(string.Create(CultureInfo.InvariantCulture, $"Fetching the checkpoint of step {manifest.State.Step}"), manifest.Bytes / Megabyte, "MB");
        var done = 0L;
        foreach (var file in manifest.Files)
        {
            if (folder.Store.Stat(remote + file.Name)?.Size != file.Size) return null;
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            folder.Work.Write(local + file.Name, stream =>
            {
                using var hashing = new HashingStream(stream, sha);
                Copy(folder.Store.OpenRead(remote + file.Name), hashing, file.Size, count =>
                {
                    stop.ThrowIfCancellationRequested();
                    stage.Report((done += count) / Megabyte);
                });
            });
            if (Convert.ToHexStringLower(sha.GetHashAndReset()) != file.Sha256) return null;
        }

        if (folder.Store.Stat(remote + RunPipeline.MetricsKey) is { } metrics)
            folder.Work.Write(RunPipeline.MetricsKey, stream => Copy(folder.Store.OpenRead(metrics.Key), stream, metrics.Size));
        folder.Work.Write(local + TrainingCheckpoints.ManifestFile, stream => JsonSerializer.Serialize(stream, manifest, TrainingCheckpoints.Json));
        return local;
    }

    private CheckpointManifest? ReadManifest(string remote)
    {
        if (folder.Store.Stat(remote + TrainingCheckpoints.ManifestFile) is null) return null;
        return TrainingCheckpoints.ReadManifest(folder.Store, remote);
    }

    /// <summary>Copies the first bytes of a stream, which it closes.</summary>
    private static void Copy(Stream from, Stream to, long bytes, Action<int>? report = null)
    {
        using (from)
        {
            var buffer = new byte[1 << 20];
            while (bytes > 0 && from.Read(buffer, 0, (int)Math.Min(buffer.Length, bytes)) is var read and > 0)
            {
                to.Write(buffer, 0, read);
                bytes -= read;
                report?.Invoke(read);
            }
        }
    }
}
