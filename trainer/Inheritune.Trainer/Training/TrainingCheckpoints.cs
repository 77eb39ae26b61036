using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Inheritune.Api;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>
/// The checkpoints of one run: folders <c>checkpoints/step-N</c> with weights, optimizer moments and a manifest with sizes
/// and digests. A checkpoint counts once its manifest is there; the manifest is written after the files have been read back.
/// So a crash at any byte leaves the previous checkpoint whole. The training waits only until its state has been copied in memory;
/// where there is no room for that, until it is on the disk.
/// </summary>
/// <param name="store">Where they are written.</param>
/// <param name="recipeHash">The recipe that they are states of.</param>
/// <param name="keepLast">How many are kept there, where there is no mirror; what a mirror has stored is removed.</param>
/// <param name="status">Hears of them, and of damaged ones.</param>
/// <param name="mirror">Takes them on to an object store; null when <paramref name="store"/> is their final place.</param>
/// <param name="grace">Time between a stop and the end of the process; null: what the environment says.</param>
/// <param name="memory">How much memory there is for copies; null: what the system says.</param>
public sealed class TrainingCheckpoints(
    IObjectStore store, string recipeHash, int keepLast, IRunStatus status, ICheckpointMirror? mirror = null, TimeSpan? grace = null, Func<long>? memory = null) : IDisposable
{
    internal const string Folder = "checkpoints/";
    internal const string ManifestFile = "checkpoint.json";

    /// <summary>Memory that a copy leaves to the rest.</summary>
    private const long SpareBytes = 256 << 20;

    /// <summary>Less is written and read before anybody could look at the progress.</summary>
    private const long WorthSaying = 256 << 20;

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly CheckpointFiles _files = new(store);
    private readonly SaveTimes _times = new(status, grace ?? SaveTimes.GraceFromEnvironment());
    private readonly Func<long> _memory = memory ?? (() => HostMemory.Available());

    /// <summary>The checkpoint that holds the present state, so that it is never replaced by its equal: in between there would be none.</summary>
    private CheckpointManifest? _current;

    private int? _kept;
    private TensorSnapshot? _snapshot;
    private bool _lacksMemory;

    /// <summary>Gives up what is on its way when the training ends.</summary>
    private readonly CancellationTokenSource _abandon = new();

    /// <summary>The checkpoint that is on its way, or was last.</summary>
    private (int Step, long Begin, Task Done) _underWay = (-1, 0, Task.CompletedTask);

    /// <summary>The step of the newest checkpoint in its final place, once what is on its way has arrived; null for none.</summary>
    public int? LastStep
    {
        get
        {
            Task.WhenAny(_underWay.Done).GetAwaiter().GetResult();
            return _kept;
        }
    }

    /// <summary>Whether a checkpoint can be written now without waiting for the one before it.</summary>
    /// <exception cref="RunException">That one could not be written or stored, for a reason that will not pass.</exception>
    public bool IsReady
    {
        get
        {
            if (_underWay.Done.IsFaulted) Settle();
            return _underWay.Done.IsCompleted;
        }
    }

    /// <summary>Saves the state after <c>state.Step</c> steps: writes it, checks what was written, and drops old checkpoints.</summary>
    /// <param name="model">The weights.</param>
    /// <param name="optimizer">The moments.</param>
    /// <param name="state">Everything else.</param>
    /// <param name="wait">Whether this is the end of the training, and to come back only when the checkpoint is in its final place.</param>
    public void Save(CausalLanguageModel model, AdamW optimizer, TrainingState state, bool wait = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(state);
        if (wait) EndWriting(state.Step);
        else Settle();

        var begin = Stopwatch.GetTimestamp();
        state.SaveSeconds = Math.Max(state.SaveSeconds, _times.Longest.TotalSeconds);
        // A copy: the state goes on.
        var (saved, isNew) = (state with { }, state.Step != _current?.State.Step);
        var (weights, moments) = ((IEnumerable<KeyValuePair<string, Tensor>>)model.Parameters, optimizer.State);
        var copies = isNew && !wait ? Copies([.. weights, .. moments]) : null;
        if (copies is not null) (weights, moments) = (copies.Take(weights), copies.Take(moments));
        else if (isNew) Write(saved, weights, moments, CancellationToken.None);

        if (wait)
        {
            Publish(isNew, begin, null, CancellationToken.None);
            state.SaveSeconds = Math.Max(state.SaveSeconds, _times.Longest.TotalSeconds);
            return;
        }

        var standstill = Stopwatch.GetElapsedTime(begin);
        state.StandstillSeconds = Math.Max(state.StandstillSeconds, standstill.TotalSeconds);
        _underWay = (saved.Step, begin, Task.Run(Complete));

        void Complete()
        {
            try
            {
                if (copies is not null) Write(saved, weights, moments, _abandon.Token);
                Publish(isNew, begin, standstill, _abandon.Token);
            }
            catch (OperationCanceledException) when (_abandon.IsCancellationRequested)
            {
                status.Info($"The checkpoint of step {saved.Step} is given up for the newest");
            }
            // The next one has another chance, and the training is not lost.
            catch (RunException e) when (e.MayPass && mirror is not null)
            {
                status.Warn($"The checkpoint of step {saved.Step} is not stored: {e.Message}");
            }
        }
    }

    /// <summary>Loads the newest whole checkpoint into model and optimizer. A damaged one is passed over with a warning.</summary>
    /// <returns>Its state, or null when there is none.</returns>
    public TrainingState? LoadLatest(CausalLanguageModel model, AdamW optimizer)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizer);
        foreach (var step in Steps().Reverse())
        {
            var folder = FolderOf(step);
            var manifest = ReadManifest(store, folder);
            using var stage = Stage("Loading", step, manifest?.Bytes ?? 0, out var read);
            if (manifest is null || manifest.RecipeHash != recipeHash || manifest.Files.Any(file => !_files.IsWhole(folder, file, read)))
            {
                status.Warn($"Checkpoint {store.Location}/{folder} is damaged; trying the one before it");
                continue;
            }

            _files.Load(folder, model, optimizer, read);
            optimizer.SetStep(manifest.State.Step);
            _current = manifest;
            _kept = step;
            // Its room is the next one's.
            if (mirror is not null) _files.Drop(folder);
            return manifest.State with { };
        }

        return null;
    }

    /// <summary>Removes all checkpoints, once the run is complete.</summary>
    public void Clear() => _files.DropAllBut([]);

    /// <summary>Lets a checkpoint that is on its way arrive, whatever ended the run.</summary>
    public void Dispose()
    {
        Task.WhenAny(_underWay.Done).GetAwaiter().GetResult();
        _abandon.Dispose();
        _snapshot?.Dispose();
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

    private void Settle() => _underWay.Done.GetAwaiter().GetResult();

    /// <summary>Ends what goes on behind the training. What failed there is of no interest any more: the newest checkpoint is to be written now.</summary>
    private void EndWriting(int step)
    {
        if (_underWay.Step != step && _times.FavourNewest(Stopwatch.GetElapsedTime(_underWay.Begin))) _abandon.Cancel();
        Task.WhenAny(_underWay.Done).GetAwaiter().GetResult();
        _snapshot?.Dispose();
        _snapshot = null;
    }

    /// <summary>Memory for copies of the tensors; null where there is too little, which is said once.</summary>
    private TensorSnapshot? Copies(List<KeyValuePair<string, Tensor>> tensors)
    {
        if (_snapshot is not null || _lacksMemory) return _snapshot;
        var (needed, free) = (tensors.Sum(tensor => tensor.Value.numel() * tensor.Value.element_size()), _memory());
        if (needed + needed / 10 + SpareBytes <= free) _snapshot = TensorSnapshot.TryAllocate(tensors);
        _lacksMemory = _snapshot is null;
        if (_lacksMemory)
            status.Warn(string.Create(CultureInfo.InvariantCulture, $"The training waits while checkpoints are written: to copy its state takes {needed / 1e6:N1} MB of memory, and {free / 1e6:N1} MB are free"));
        return _snapshot;
    }

    private void Write(TrainingState state, IEnumerable<KeyValuePair<string, Tensor>> weights, IEnumerable<KeyValuePair<string, Tensor>> moments, CancellationToken abandon)
    {
        var folder = FolderOf(state.Step);
        // What a mirror could not store so far it will not be asked for again.
        _files.DropAllBut(mirror is null ? Steps().Select(FolderOf).Where(kept => kept != folder) : []);
        var tensors = weights.Concat(moments).ToList();
        using var stage = Stage("Saving", state.Step, tensors.Sum(tensor => tensor.Value.numel()) * sizeof(float), out var moved);
        _current = _files.Write(folder, recipeHash, state, weights, moments, moved, abandon);
        _files.DropAllBut(Steps().TakeLast(keepLast).Select(FolderOf));
    }

    /// <summary>A stage in which every byte is moved twice. What is over in a moment is worth none, but is heard of.</summary>
    private IStage? Stage(string title, int step, long bytes, out Action<int> moved)
    {
        var (stage, done) = (bytes < WorthSaying ? null : status.Begin(string.Create(CultureInfo.InvariantCulture, $"{title} the checkpoint of step {step}"), 2 * bytes / 1e6, "MB"), 0L);
        moved = count =>
        {
            if (stage is null) status.Beat();
            else stage.Report((done += count) / 1e6);
        };
        return stage;
    }

    /// <summary>Brings the current checkpoint to its final place, where it is not there yet.</summary>
    private void Publish(bool isNew, long begin, TimeSpan? standstill, CancellationToken abandon)
    {
        var (checkpoint, folder) = (_current!, FolderOf(_current!.State.Step));
        if (mirror is null)
        {
            status.Report(new RunCheckpoint { Step = checkpoint.State.Step, Time = DateTimeOffset.UtcNow, SaveSeconds = SaveTimes.Since(begin) });
        }
        else
        {
            mirror.Store(folder, checkpoint, begin, abandon);
            _files.Drop(folder);
        }

        _kept = checkpoint.State.Step;
        var took = Stopwatch.GetElapsedTime(begin);
        if (isNew) _times.Add(checkpoint, took, standstill ?? took);
    }
}
