using System.Security.Cryptography;
using System.Text.Json;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>The files of single checkpoints: written with their digests, read back, loaded and removed.</summary>
internal sealed class CheckpointFiles(IObjectStore store)
{
    private const string WeightsFile = "weights.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";
    private const int BlockBytes = 1 << 18;

    /// <summary>Writes a checkpoint, which counts once its manifest is there; that comes last, when the others have been read back.</summary>
    /// <param name="moved">Hears of each byte twice: when it is written and when it is read back.</param>
    /// <exception cref="RunException">The disk is full, or does not give back what it was given.</exception>
    public CheckpointManifest Write(
        string folder, string recipeHash, TrainingState state, IEnumerable<KeyValuePair<string, Tensor>> weights, IEnumerable<KeyValuePair<string, Tensor>> moments, Action<int> moved,
        CancellationToken abandon)
    {
        CheckpointFile[] files = [WriteTensors(folder, WeightsFile, weights, moved, abandon), WriteTensors(folder, OptimizerFile, moments, moved, abandon)];
        if (files.FirstOrDefault(file => !IsWhole(folder, file, moved)) is { } bad)
            throw new RunException(ExitCode.StorageUnavailable, $"{store.Location}/{folder}{bad.Name}: what was read back differs from what was written; check the disk and run the same command again");

        var manifest = new CheckpointManifest(recipeHash, state, files);
        store.Write(folder + TrainingCheckpoints.ManifestFile, stream => JsonSerializer.Serialize(stream, manifest, TrainingCheckpoints.Json));
        return manifest;
    }

    public bool IsWhole(string folder, CheckpointFile file, Action<int> read)
    {
        if (store.Stat(folder + file.Name)?.Size != file.Size) return false;
        using var stream = store.OpenRead(folder + file.Name);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BlockBytes];
        while (stream.Read(buffer) is var count and > 0)
        {
            sha.AppendData(buffer, 0, count);
            read(count);
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset()) == file.Sha256;
    }

    public void Load(string folder, CausalLanguageModel model, AdamW optimizer, Action<int> read)
    {
        ReadTensors(folder, WeightsFile, model.Parameters, read);
        ReadTensors(folder, OptimizerFile, optimizer.State, read);
    }

    public void Drop(string folder)
    {
        // The manifest first: without it the rest does not count.
        if (store.Stat(folder + TrainingCheckpoints.ManifestFile) is not null) store.Delete(folder + TrainingCheckpoints.ManifestFile);
        foreach (var info in store.List(folder)) store.Delete(info.Key);
    }

    /// <summary>Removes all checkpoints, whole or not, but these.</summary>
    public void DropAllBut(IEnumerable<string> kept)
    {
        foreach (var old in store.List(TrainingCheckpoints.Folder).Select(info => info.Key[..(info.Key.LastIndexOf('/') + 1)]).Distinct().Except(kept)) Drop(old);
    }

    private CheckpointFile WriteTensors(string folder, string name, IEnumerable<KeyValuePair<string, Tensor>> tensors, Action<int> written, CancellationToken abandon)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = 0L;
        store.Write(folder + name, stream =>
        {
            using var hashing = new HashingStream(stream, sha, abandon);
            SafetensorsWriter.Write(hashing, tensors, ScalarType.Float32, written: written);
            size = hashing.Written;
        });
        return new CheckpointFile(name, size, Convert.ToHexStringLower(sha.GetHashAndReset()));
    }

    private void ReadTensors(string folder, string name, IEnumerable<KeyValuePair<string, Tensor>> into, Action<int> read)
    {
        using var _ = no_grad();
        var entries = SafetensorsHeader.Read(store, folder + name).Tensors.ToDictionary(t => t.Name);
        foreach (var (key, target) in into)
        {
            using var scope = NewDisposeScope();
            var host = empty(target.shape);
            var offset = entries[key].Offset;
            foreach (var piece in TensorPieces.Of(host))
            {
                var bytes = piece.bytes;
                store.Read(folder + name, offset, bytes);
                offset += bytes.Length;
                read(bytes.Length);
            }

            target.copy_(host);
        }
    }
}
