using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>
/// The checkpoints of one run: folders <c>checkpoints/step-N</c> with weights, optimizer moments and a manifest with sizes
/// and digests. A checkpoint counts once its manifest is there; the manifest is written after the files have been read back.
/// So a crash at any byte leaves the previous checkpoint whole.
/// </summary>
/// <param name="store">Where they are written.</param>
/// <param name="recipeHash">The recipe that they are states of.</param>
/// <param name="keepLast">How many are kept; where a mirror keeps them, one is enough here.</param>
/// <param name="status">Hears of damaged ones.</param>
/// <param name="mirror">Takes them on to an object store; null when <paramref name="store"/> is their final place.</param>
public sealed class TrainingCheckpoints(IObjectStore store, string recipeHash, int keepLast, IRunStatus status, ICheckpointMirror? mirror = null)
{
    internal const string Folder = "checkpoints/";
    internal const string ManifestFile = "checkpoint.json";
    private const string WeightsFile = "weights.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The checkpoint that holds the present state, so that it is never replaced by its equal: in between there would be none.</summary>
    private CheckpointManifest? _current;

    /// <summary>Whether a checkpoint can be written now without waiting for the one before it.</summary>
    public bool IsReady => mirror is not { IsBusy: true };

    /// <summary>Writes the state after <c>state.Step</c> steps, checks what was written, and drops old checkpoints.</summary>
    /// <param name="model">The weights.</param>
    /// <param name="optimizer">The moments.</param>
    /// <param name="state">Everything else.</param>
    /// <param name="wait">Whether to come back only when the checkpoint is in its final place.</param>
    public void Save(CausalLanguageModel model, AdamW optimizer, TrainingState state, bool wait = false)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Step != _current?.State.Step) Write(model, optimizer, state);
        if (mirror is null) status.Report(new RunCheckpoint { Step = state.Step, Time = DateTimeOffset.UtcNow });
        else mirror.Store(FolderOf(state.Step), _current!);
        if (wait) mirror?.Finish();
    }

    /// <summary>Loads the newest whole checkpoint into model and optimizer. A damaged one is passed over with a warning.</summary>
    /// <returns>Its state, or null when there is none.</returns>
    public TrainingState? LoadLatest(CausalLanguageModel model, AdamW optimizer)
    {
        foreach (var step in Steps().Reverse())
        {
            var folder = FolderOf(step);
            if (ReadManifest(store, folder) is not { } manifest || manifest.RecipeHash != recipeHash || manifest.Files.FirstOrDefault(file => !IsWhole(folder, file)) is not null)
            {
                status.Warn($"Checkpoint {store.Location}/{folder} is damaged; trying the one before it");
                continue;
            }

            ReadTensors(folder, WeightsFile, model.Parameters);
            ReadTensors(folder, OptimizerFile, optimizer.State);
            optimizer.SetStep(manifest.State.Step);
            _current = manifest;
            return manifest.State with { };
        }

        return null;
    }

    /// <summary>Removes all checkpoints, once the run is complete.</summary>
    public void Clear()
    {
        foreach (var info in store.List(Folder)) store.Delete(info.Key);
    }

    internal static string FolderOf(int step) => string.Create(CultureInfo.InvariantCulture, $"{Folder}step-{step:D9}/");

    /// <summary>The step in the name of a checkpoint's folder or of a file in it.</summary>
    internal static int StepOf(string key) => int.Parse(key.AsSpan(Folder.Length + "step-".Length, 9), CultureInfo.InvariantCulture);

    private IEnumerable<int> Steps() =>
        from info in store.List(Folder)
        where info.Key.EndsWith("/" + ManifestFile, StringComparison.Ordinal)
        select StepOf(info.Key);

    /// <summary>The manifest of a checkpoint, or null when it cannot be read.</summary>
    internal static CheckpointManifest? ReadManifest(IObjectStore store, string folder)
    {
        try
        {
            using var stream = store.OpenRead(folder + ManifestFile);
            return JsonSerializer.Deserialize<CheckpointManifest>(stream, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Write(CausalLanguageModel model, AdamW optimizer, TrainingState state)
    {
        mirror?.Settle();
        var folder = FolderOf(state.Step);
        Drop(folder);
        CheckpointFile[] files =
        [
            WriteTensors(folder, WeightsFile, model.Parameters),
            WriteTensors(folder, OptimizerFile, optimizer.State),
        ];
        if (files.FirstOrDefault(file => !IsWhole(folder, file)) is { } bad)
            throw new RunException(ExitCode.StorageUnavailable, $"{store.Location}/{folder}{bad.Name}: what was read back differs from what was written; check the disk and run the same command again");

        // A copy: the state goes on.
        var manifest = new CheckpointManifest(recipeHash, state with { }, files);
        store.Write(folder + ManifestFile, stream => JsonSerializer.Serialize(stream, manifest, Json));
        _current = manifest;
        var kept = Steps().TakeLast(mirror is null ? keepLast : 1).Select(FolderOf).ToList();
        foreach (var old in store.List(Folder).Select(info => info.Key[..(info.Key.LastIndexOf('/') + 1)]).Distinct().Except(kept)) Drop(old);
    }

    private CheckpointFile WriteTensors(string folder, string name, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = 0L;
        store.Write(folder + name, stream =>
        {
            using var hashing = new HashingStream(stream, sha);
            SafetensorsWriter.Write(hashing, tensors, ScalarType.Float32);
            size = hashing.Written;
        });
        return new CheckpointFile(name, size, Convert.ToHexStringLower(sha.GetHashAndReset()));
    }

    private bool IsWhole(string folder, CheckpointFile file)
    {
        if (store.Stat(folder + file.Name)?.Size != file.Size) return false;
        using var stream = store.OpenRead(folder + file.Name);
        return Convert.ToHexStringLower(SHA256.HashData(stream)) == file.Sha256;
    }

    private void ReadTensors(string folder, string name, IEnumerable<KeyValuePair<string, Tensor>> into)
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
            }

            target.copy_(host);
        }
    }

    private void Drop(string folder)
    {
        // The manifest first: without it the rest does not count.
        if (store.Stat(folder + ManifestFile) is not null) store.Delete(folder + ManifestFile);
        foreach (var info in store.List(folder)) store.Delete(info.Key);
    }
}
