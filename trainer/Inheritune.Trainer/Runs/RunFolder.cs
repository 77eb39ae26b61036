using System.Globalization;
using System.Text;
using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Reporting;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Runs;

/// <summary>
/// The output folder of one run. It belongs to the recipe that came first: the same recipe continues or finds itself
/// complete, another one is refused, and two processes cannot work in it at once.
/// </summary>
public sealed class RunFolder : IDisposable
{
    internal const string LockKey = ".lock";
    internal const string Field = "spec.output.uri";

    private readonly StoreFactory _stores;
    private readonly IRunStatus _status;
    private readonly IObjectStore _output;
    private readonly RunMarkerFile _marker;
    private readonly OutputHold _hold;
    private readonly Lazy<ScratchFolder> _scratch = new(ScratchFolder.Create);
    private bool _claimed;
    private FileStream? _lock;

    private RunFolder(InheritRun run, StoreFactory stores, IRunStatus status, TimeProvider? time)
    {
        (_stores, _status) = (stores, status);
        _output = stores.OpenOutput(run.Spec.Output.Uri, Field);
        _marker = new RunMarkerFile(_output, run, time ?? TimeProvider.System);
        _hold = new OutputHold(_marker, stores.OpenOutput(run.Spec.Output.Uri, Field, brief: true), time ?? TimeProvider.System, status);
        // Before the data there is taken for files of something else.
        if (_output.Stat(RunMarkerFile.Key) is null) RequireApartFromData(run.Spec.Dataset);
        _marker.Read();
        Store = Guarded(_output);
    }

    /// <summary>Where results go.</summary>
    public IObjectStore Store { get; }

    /// <summary>Where files grow and change: the output itself when it is local, else scratch space.</summary>
    public FileStore Work => _output as FileStore ?? new FileStore(_scratch.Value.Path);

    /// <summary>Whether the output is elsewhere, so that what is in <see cref="Work"/> has to be brought there.</summary>
    public bool IsRemote => _output is not FileStore;

    public RunMarker Marker => _marker.Value;

    /// <summary>
    /// Looks at the output folder of <paramref name="run"/> and writes nothing there, so that a run whose inputs prove bad leaves
    /// no trace. An unfinished run of the same recipe is claimed at once.
    /// </summary>
    /// <exception cref="RunException">The folder belongs to another recipe, holds other files or is in use.</exception>
    /// <param name="run">The run.</param>
    /// <param name="stores">Opens the folder.</param>
    /// <param name="status">Hears of it.</param>
    /// <param name="time">By which owners live and die; null: the system's.</param>
    public static RunFolder For(InheritRun run, StoreFactory stores, IRunStatus status, TimeProvider? time = null)
    {
        var folder = Look(run, stores, status, time);
        if (!folder.Marker.Complete && folder._marker.Exists) folder.Claim();
        return folder;
    }

    /// <summary>As <see cref="For"/>, but claims nothing.</summary>
    public static RunFolder Look(InheritRun run, StoreFactory stores, IRunStatus status, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(stores);
        return new RunFolder(run, stores, status, time);
    }

    /// <summary>
    /// Takes possession of the folder; must come before the first write. Does nothing the second time. It cannot be taken from a process
    /// that lives, but by a later attempt of the same run: a local folder is locked, and in an object store its owner says in the
    /// marker that it lives. Whoever loses it notices with its next heartbeat or write.
    /// </summary>
    /// <exception cref="RunException">As for <see cref="For"/>, or the folder cannot be written.</exception>
    public void Claim()
    {
        if (_claimed) return;
        _lock = Lock();
        do
        {
            // Another process may have come first and be done by now.
            _marker.Read();
            if (Marker.Complete) break;
            if (IsRemote) _marker.RequireFree();
            if (IsRemote && Marker.Attempt > 0) _status.Info($"Attempt {Marker.Attempt + 1} of this run takes over from {Marker.Writer}");
        }
        while (!_marker.TryClaim());
        _claimed = true;
        if (Marker.Complete) return;
        if (IsRemote) _hold.Begin();
        RemoveUnfinished();
    }

    /// <summary>As above, for a run on this data; the first attempt records it.</summary>
    /// <param name="data">The files, with their contents.</param>
    /// <param name="digest">Digest of their ids; null where these are not known yet.</param>
    /// <exception cref="RunException">As above, or an earlier attempt began with other data.</exception>
    public void Claim(DatasetFiles data, string? digest = null)
    {
        Claim();
        if (Marker.Complete) return;
        Marker.Data?.RequireSame(data);
        if (digest is not null && Marker.DataDigest is { } before && before != digest)
            throw RunException.Invalid(Field, _output.Location,
                "was begun with other ids: the tokenizer, or the way in which this program arranges data, has changed since; begin anew in another folder");
        if (Marker.Data is null || Marker.DataDigest != digest)
            Update(marker => marker with { Data = marker.Data ?? RunData.Of(data), DataDigest = digest ?? marker.DataDigest });
    }

    /// <summary>Records what has become known.</summary>
    /// <exception cref="RunException">Another process has taken the run over.</exception>
    public void Update(Func<RunMarker, RunMarker> change)
    {
        _hold.ThrowIfLost();
        if (!_marker.TryUpdate(change)) throw _marker.TakenOver();
    }

    /// <summary>Brings a file of the work folder to the output, if that is elsewhere.</summary>
    public void Publish(string key)
    {
        if (!IsRemote) return;
        using var source = Work.OpenRead(key);
        Store.Write(key, source.CopyTo);
    }

    /// <summary>Does the work of the run, and ends it when the output has become another's.</summary>
    /// <param name="work">The work.</param>
    /// <param name="stop">Ends it for other reasons.</param>
    public T While<T>(Func<CancellationToken, T> work, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(work);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _hold.Lost);
        try
        {
            return work(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested && _hold.Loss is not null)
        {
            throw _hold.Loss;
        }
    }

    /// <summary>Makes sure that nobody else is at work here.</summary>
    /// <exception cref="RunException">Somebody is.</exception>
    public void RequireFree()
    {
        if (IsRemote) _marker.RequireFree(toPreflight: true);
    }

    /// <summary>Makes sure that results can be written here, and leaves nothing behind.</summary>
    /// <exception cref="RunException">They cannot, or another process has the folder.</exception>
    public void Probe()
    {
        // A lock that nobody has made would have to be made, with the folder.
        if (_output.Stat(LockKey) is not null) Lock()?.Dispose();
        OutputProbe.Write(_output);
    }

    /// <summary>Removes what interrupted writes have left behind.</summary>
    public void RemoveUnfinished()
    {
        try
        {
            _output.RemoveUnfinished();
        }
        catch (RunException e) when (e.Code == ExitCode.StorageDenied)
        {
            _status.Warn($"What interrupted uploads may have left in {_output.Location} stays there: {e.Message}");
        }
    }

    /// <summary>Where earlier attempts have left the run, as far as the marker tells.</summary>
    public InheritRunStatus Standing(int? totalSteps)
    {
        var last = Marker.Checkpoints is [var name, ..]
            ? new RunCheckpoint { Step = TrainingCheckpoints.StepOf(name), Uri = $"{_output.Location}/{name.TrimEnd('/')}", Sha256 = ContentDigest.Of(_output, name + TrainingCheckpoints.ManifestFile), Time = Marker.CheckpointTime }
            : null;
        return new InheritRunStatus
        {
            Progress = new RunProgress { Activity = RunActivity.Staging, Step = last?.Step, TotalSteps = totalSteps },
            Checkpoint = last,
            Results = Results(),
        };
    }

    /// <summary>What is known of the outcome, in the words of the resource's status, which names nothing that is local to a pod.</summary>
    public RunResults Results()
    {
        return new RunResults
        {
            Reference = Figures.Result(Marker.ReferenceLoss),
            Initial = Figures.Result(Marker.InitialLoss),
            Final = Figures.Result(Marker.FinalLoss),
            Artifact = Marker.ModelDigest is not null ? new RunArtifact { Uri = $"{_output.Location}/{RunPipeline.ModelFolder}", Sha256 = Marker.ModelDigest, Bytes = _output.List($"{RunPipeline.ModelFolder}/").Sum(file => file.Size) } : null,
            Report = Marker.ReportDigest is not null ? new RunArtifact { Uri = $"{_output.Location}/{ReportWriter.Key}", Sha256 = Marker.ReportDigest, Bytes = _output.Stat(ReportWriter.Key)?.Size } : null,
        };
    }

    /// <summary>How far a complete run had come, as its log has it; null where that is empty.</summary>
    public RunProgress? Finished()
    {
        if (Store.Stat(RunPipeline.MetricsKey) is null) return null;
        var points = MetricsFile.Read(Store, RunPipeline.MetricsKey);
        return points is not [.., var last] ? null : new()
        {
            Step = last.Step, TotalSteps = last.Step, Tokens = last.Tokens, Loss = Figures.Loss(points.LastOrDefault(point => point.Loss is not null)?.Loss), EvalLoss = Figures.Loss(Marker.FinalLoss),
        };
    }

    /// <summary>Records that the model is there.</summary>
    /// <param name="model">Digests of its files.</param>
    public void Exported(IReadOnlyDictionary<string, string> model)
    {
        if (!IsRemote) return;
        var lines = string.Concat(model.Select(file => $"{file.Value}  {file.Key}\n"));
        Update(marker => marker with { ModelDigest = ContentDigest.Of(Encoding.UTF8.GetBytes(lines)) });
    }

    /// <summary>Records that the report is there.</summary>
    /// <param name="isComplete">Whether it has all that it should, so that nothing is left to do.</param>
    public void Reported(bool isComplete)
    {
        RemoveUnfinished();
        var digest = IsRemote ? ContentDigest.Of(_output, ReportWriter.Key) : null;
        Update(marker => marker with { Complete = isComplete, ReportDigest = digest });
    }

    /// <summary>A folder within the output folder.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="digests">Takes the SHA-256 digest of each file that is written, by its name, where the output is remote.</param>
    public IObjectStore Open(string name, IDictionary<string, string>? digests = null) => Guarded(_stores.OpenOutput($"{_output.Location}/{name}", Field), digests);

    public void Dispose()
    {
        _hold.Dispose();
        _lock?.Dispose();
        if (_scratch.IsValueCreated) _scratch.Value.Dispose();
    }

    /// <exception cref="RunException">What the run writes would become data, of this run's next attempt or of another run.</exception>
    private void RequireApartFromData(DatasetSpec data)
    {
        foreach (var (uri, field) in new[] { (data.Uri, "spec.dataset.uri"), (data.ValidationUri, "spec.dataset.validationUri") })
            if (uri is not null && _stores.Open(uri, field).Contains(_output))
                throw RunException.Invalid(Field, _output.Location,
                    $"lies within {field} ('{uri}'), so that what the run writes would become data; give a folder outside of it");
    }

    private IObjectStore Guarded(IObjectStore store, IDictionary<string, string>? digests = null) =>
        store is FileStore ? store : new OwnedStore(store, _hold, digests);

    /// <summary>An advisory lock that the operating system releases with the process, however it ends.</summary>
    private FileStream? Lock()
    {
        if (_output.LocalPath(LockKey) is not { } path) return null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        // EWOULDBLOCK on Linux, 35 on macOS, ERROR_SHARING_VIOLATION on Windows.
        catch (IOException e) when ((e.HResult & 0xFFFF) is 11 or 35 or 32)
        {
            var who = Marker.Owner is { } owner ? $"another process ({Ownership.Describe(owner)})" : "another process";
            throw RunException.Occupied(Field, _output.Location, $"is in use by {who}; wait for it or give another folder");
        }
        catch (DirectoryNotFoundException)
        {
            throw OutputProbe.NotAFolder(_output.Location);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileStore.Translate(_output.Location, e);
        }
    }
}
