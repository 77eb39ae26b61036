using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;

namespace Inheritune.Trainer.Runs;

/// <summary>Whose an output is: who this process is, whether another one lives, and which of two may go on.</summary>
internal static class Ownership
{
    /// <summary>Between two heartbeats; also the time after which a process knows that it has lost its output.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromMinutes(1);

    /// <summary>An owner that was heard of within this time is alive. Clocks that differ by less do no harm.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    /// <summary>Outputs that this very process holds: it lives, but what it held before it holds no more.</summary>
    private static readonly ConcurrentDictionary<string, bool> Held = new(StringComparer.Ordinal);

    /// <summary>This process, in what the operator and Kubernetes tell it.</summary>
    public static RunOwner Self(string name, DateTimeOffset now)
    {
        static string? Of(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
        var space = Of("INHERITUNE_RUN_NAMESPACE");
        return new()
        {
            Name = name,
            Namespace = space,
            Uid = Of("INHERITUNE_RUN_UID"),
            Cluster = space is null ? null : Authority(Of("INHERITUNE_SERVICE_ACCOUNT") ?? "/var/run/secrets/kubernetes.io/serviceaccount"),
            Attempt = int.TryParse(Of("INHERITUNE_ATTEMPT"), CultureInfo.InvariantCulture, out var attempt) ? attempt : 0,
            Host = Environment.MachineName,
            Process = Environment.ProcessId,
            ProcessPlace = LocalProcess.Place,
            Since = now,
            Heartbeat = now,
        };
    }

    public static void Hold(string writer) => Held[writer] = true;

    public static void Release(string writer) => Held.TryRemove(writer, out _);

    /// <summary>Whether the owner of a marker is alive, as far as anybody can tell.</summary>
    public static bool IsAlive(RunMarker marker, DateTimeOffset now)
    {
        if (marker.Owner is not { } owner || now - owner.Heartbeat >= Fresh) return false;
        if (LocalProcess.IsGone(owner.Process, owner.ProcessPlace)) return false;
        var isHere = owner.ProcessPlace is not null && owner.ProcessPlace == LocalProcess.Place && owner.Process == Environment.ProcessId;
        return !isHere || (marker.Writer is { } writer && Held.ContainsKey(writer));
    }

    /// <summary>
    /// Whether two processes work for one run. The operator starts a run's next attempt when it is sure of the end of the one before,
    /// or has waited for it long enough; a name is one run's at a time in its cluster.
    /// </summary>
    public static bool IsSameRun(RunOwner one, RunOwner other) =>
        one.Namespace is not null && one.Namespace == other.Namespace && one.Name == other.Name
        && (one.Cluster is null || other.Cluster is null || one.Cluster == other.Cluster);

    /// <summary>Whether a process comes after the owner in the same run, so that it need not ask whether that lives.</summary>
    public static bool Succeeds(RunOwner self, RunOwner owner) =>
        IsSameRun(self, owner) && (self.Uid != owner.Uid || self.Attempt >= owner.Attempt);

    /// <summary>An owner as people know it.</summary>
    public static string Describe(RunOwner owner) => owner.Namespace is null
        ? $"run '{owner.Name}' ({owner.Host}, process {owner.Process})"
        : $"run '{owner.Name}' in namespace {owner.Namespace} (pod {owner.Host})";

    /// <summary>Since when an owner has an output.</summary>
    public static string Times(RunOwner owner) =>
        $"has had it since {Clock(owner.Since)} and was last heard of at {Clock(owner.Heartbeat)}";

    /// <summary>What somebody else can do.</summary>
    public static string Remedy(RunOwner owner) =>
        $"give another folder, or wait until that run ends; if it is dead, the output is free at {Clock(owner.Heartbeat + Fresh)}";

    private static string Clock(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <summary>Every cluster has an authority of its own.</summary>
    private static string? Authority(string account)
    {
        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(account, "ca.crt"))))[..16];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
