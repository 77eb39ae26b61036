using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Runs;

/// <summary>
/// The marker <c>run.json</c> as this process last saw it. It is only ever replaced by a conditional write, so a process that has
/// not heard of a newer one cannot overwrite what that has recorded.
/// </summary>
/// <param name="output">Where it is.</param>
/// <param name="run">Whose it should be.</param>
/// <param name="time">Stamps what is written.</param>
internal sealed class RunMarkerFile(IObjectStore output, InheritRun run, TimeProvider time)
{
    public const string Key = EarlierRuns.Marker;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly Lock _gate = new();
    private readonly string _hash = Recipe.Hash(run);
    private readonly RunOwner _self = Ownership.Self(run.Metadata.Name, time.GetUtcNow());
    private ObjectInfo? _seen;

    /// <summary>What this process calls itself in the marker, once it has claimed it.</summary>
    private string? _writer;

    /// <summary>What is known about the run.</summary>
    public RunMarker Value { get; private set; } = new() { Name = run.Metadata.Name, RecipeHash = Recipe.Hash(run), Recipe = run.Spec };

    /// <summary>Whether the file was there when it was last read or written.</summary>
    public bool Exists => _seen is not null;

    /// <summary>Reads the file; where there is none, the marker of a run that has not begun remains.</summary>
    /// <exception cref="RunException">The output belongs to another recipe or holds other files.</exception>
    public void Read()
    {
        if (File.Exists(output.Location)) throw Occupied("is a file, not a folder");
        do _seen = output.Stat(Key);
        while (_seen is not null && !TryLoad());
        if (_seen is null && output.List("").FirstOrDefault(o => o.Key != RunFolder.LockKey && !OutputProbe.IsProbe(o.Key)) is { } stranger)
            throw Occupied($"holds files of something else, such as {stranger.Key}");
    }

    /// <summary>Makes this process the owner, unless another has written the file since.</summary>
    public bool TryClaim()
    {
        var now = time.GetUtcNow();
        var moment = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        var writer = $"{_self.Host}, process {_self.Process}, {moment}";
        var owner = _self with { Since = now };
        if (!TryUpdate(marker => marker with { Attempt = marker.Attempt + 1, Writer = writer, Owner = owner })) return false;
        _writer = writer;
        return true;
    }

    /// <summary>Writes a changed marker, unless another process has written one since. An owner is heard of in every one.</summary>
    /// <param name="change">Makes the new marker.</param>
    /// <param name="store">Another way to the output; null for the usual one.</param>
    public bool TryUpdate(Func<RunMarker, RunMarker> change, IObjectStore? store = null)
    {
        // Checkpoints are recorded from a thread of their own, and so are heartbeats.
        lock (_gate) return TryWrite(change, store ?? output) || (IsOwnWrite(store ?? output) && TryWrite(change, store ?? output));
    }

    /// <summary>Whether the file is still the one that this process wrote.</summary>
    public bool IsCurrent()
    {
        lock (_gate) return output.Stat(Key) == _seen || IsOwnWrite(output);
    }

    /// <exception cref="RunException">Another process is at work in the output, which is no earlier attempt of this run.</exception>
    public void RequireFree(bool toPreflight = false)
    {
        var now = time.GetUtcNow();
        if (!Ownership.IsAlive(Value, now) || Value.Owner is not { } owner) return;
        if (toPreflight ? Ownership.IsSameRun(_self, owner) : Ownership.Succeeds(_self, owner)) return;
        throw InUse(owner, "");
    }

    /// <summary>The error of a process that has lost its output.</summary>
    public RunException TakenOver()
    {
        RunMarker? now = null;
        try
        {
            if (output.Stat(Key) is not null) now = Parse();
        }
        catch (Exception e) when (e is RunException or JsonException)
        {
            // What is there says nothing of a run any more.
        }

        if (now?.Owner is { } owner && Ownership.IsSameRun(_self, owner))
        {
            var successor = $"attempt {owner.Attempt} of this run ({owner.Host})";
            return new(ExitCode.Interrupted, $"{successor} has taken {output.Location} over; this process ends, and nothing is lost");
        }

        var who = now is null ? "which removed its marker" : now.Owner is { } other ? Ownership.Describe(other) : now.Writer;
        return Occupied($"has been taken over by another process ({who})", "this one ends, and nothing of the other's is lost");
    }

    private bool TryWrite(Func<RunMarker, RunMarker> change, IObjectStore store)
    {
        var marker = change(Value);
        if (marker.Owner is { } owner) marker = marker with { Owner = owner with { Heartbeat = time.GetUtcNow() } };
        if (store.Replace(Key, _seen, JsonSerializer.SerializeToUtf8Bytes(marker, Json)) is not { } written) return false;
        (Value, _seen) = (marker, written);
        return true;
    }

    /// <summary>
    /// Whether the file differs only because a write of this process, whose answer never came, has arrived nevertheless; takes that up.
    /// </summary>
    private bool IsOwnWrite(IObjectStore store)
    {
        if (_writer is null || store.Stat(Key) is not { } stored) return false;
        try
        {
            if (Parse(store) is not { } found || found.Writer != _writer) return false;
            (Value, _seen) = (found, stored);
            return true;
        }
        catch (Exception e) when (e is JsonException or RunException { MayPass: true, Code: ExitCode.InvalidInput })
        {
            return false;
        }
    }

    /// <summary>Whether the file could be read before its writer replaced it.</summary>
    private bool TryLoad()
    {
        try
        {
            Value = Load();
            return true;
        }
        catch (RunException e) when (e is { MayPass: true, Code: ExitCode.InvalidInput })
        {
            return false;
        }
    }

    private RunMarker Load()
    {
        try
        {
            var marker = Parse();
            if (marker.RecipeHash == _hash) return marker;
            var before = new InheritRun { ApiVersion = run.ApiVersion, Kind = run.Kind, Metadata = run.Metadata, Spec = marker.Recipe };
            var differences = string.Join("; ", Recipe.Differences(before, run));
            throw marker.Owner is { } owner && Ownership.IsAlive(marker, time.GetUtcNow())
                ? InUse(owner, $" with another recipe ({differences})")
                : Occupied($"belongs to run '{marker.Name}' with another recipe ({differences})");
        }
        catch (JsonException)
        {
            throw Occupied($"has an unreadable {Key}");
        }
    }

    private RunMarker Parse(IObjectStore? store = null)
    {
        using var stream = (store ?? output).OpenRead(Key);
        return JsonSerializer.Deserialize<RunMarker>(stream, Json) ?? throw new JsonException("it is null");
    }

    private RunException InUse(RunOwner owner, string how) =>
        Occupied($"is in use by {Ownership.Describe(owner)}{how}, which {Ownership.Times(owner)}", Ownership.Remedy(owner));

    private RunException Occupied(string what, string remedy = "give another folder, or remove this one if nothing in it is needed") =>
        RunException.Occupied(RunFolder.Field, output.Location, $"{what}; {remedy}");
}
