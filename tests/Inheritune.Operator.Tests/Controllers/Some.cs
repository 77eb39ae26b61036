using Inheritune.Api;
using Inheritune.Operator.Controllers;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.Operator.Tests.Controllers;

/// <summary>Observations to decide about. Times are seconds since the run was taken up.</summary>
internal sealed class Some
{
    public const string Uid = "605bc29b-175e-4e41-97d0-bb35b0ca5c92";

    public InheritRunSpec Spec { get; set; } = new() { Retry = new() { BackoffLimit = 1 } };

    public InheritRunStatus? Status { get; set; } = new() { StartTime = At(0), Conditions = [Condition(ConditionTypes.Validated, ConditionStatus.True), Condition(ConditionTypes.Succeeded, ConditionStatus.Unknown)] };

    public V1Job? Preflight { get; set; }

    public V1Job? Train { get; set; } = Job("run-train");

    public PodReport[] PreflightPods { get; set; } = [];

    public PodReport[] TrainPods { get; set; } = [];

    public int Now { get; set; } = 100;

    public V1Job[] Deserted { get; set; } = [];

    /// <summary>Since when the operator hears; null while it does not.</summary>
    public int? Hearing { get; set; } = 0;

    public Refusal? Refusal { get; set; }

    public NamespacedName? Occupant { get; set; }

    public string? Forbidden { get; set; }

    public string? PodRefusal { get; set; }

    public SetupTrouble? Trouble { get; set; }

    public static DateTimeOffset At(int seconds) => new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero).AddSeconds(seconds);

    public static RunCondition Condition(string type, ConditionStatus status, string reason = "Some", int since = 0) => new() { Type = type, Status = status, Reason = reason, LastTransitionTime = At(since) };

    public static V1Job Job(string name, string? condition = null, bool going = false, string owner = Uid, bool suspended = false, string? queue = null, int? completed = null, int? created = null, int backoffLimit = 0, int? failed = null) => new()
    {
        Metadata = new()
        {
            Name = name, NamespaceProperty = "ns", Uid = $"{name}-uid", CreationTimestamp = created is { } moment ? At(moment).UtcDateTime : null, DeletionTimestamp = going ? DateTime.UtcNow : null, OwnerReferences = [new() { Uid = owner }],
            Labels = queue is null ? null : new Dictionary<string, string> { ["kueue.x-k8s.io/queue-name"] = queue },
        },
        Spec = new() { Suspend = suspended, BackoffLimit = backoffLimit },
        Status = new() { CompletionTime = completed is { } time ? At(time).UtcDateTime : null, Conditions = condition is null ? null : [new() { Type = condition, Status = "True", LastTransitionTime = Time(failed)?.UtcDateTime }] },
    };

    public static PodReport Pod(string name, int created, int? scheduled = null, int? running = null, int? code = null, int? ended = null, bool disrupted = false, string cause = "", string words = "", int? leaves = null, bool sidecar = false, int? unreachable = null) => new()
    {
        Name = name, Node = scheduled is null ? null : "gpu-1", Created = At(created), Scheduled = Time(scheduled), Began = Time(running), ExitCode = code,
        HasEnded = code is not null || ended is not null, IsOver = !sidecar && (code is not null || ended is not null), Ended = Time(ended), Leaves = Time(leaves), UnreachableSince = Time(unreachable), IsDisrupted = disrupted, Cause = cause, LastWords = TerminationMessage.Parse(words),
    };

    public Observation See() => new(
        new V1Alpha1InheritRun { Metadata = new() { Name = "run", NamespaceProperty = "ns", Uid = Uid, Generation = 1 }, Spec = Spec, Status = Status },
        Preflight, Train, Of(Preflight, PreflightPods), Of(Train, TrainPods), At(Now))
    {
        HearingSince = Time(Hearing), Deserted = Deserted,
        Refusal = Refusal, Occupant = Occupant, Forbidden = Forbidden, PodRefusal = PodRefusal, Trouble = Trouble,
    };

    /// <summary>The plan in short: the state word, and what is to be done.</summary>
    public string Plan()
    {
        var plan = RunPlan.Of(See());
        var state = plan.Status.Conditions.Single(condition => condition.Type == ConditionTypes.Succeeded);
        var words = plan.Actions.Select(action => action switch
        {
            ChildAction.Delete delete => $"-{delete.Job.Metadata.Name}",
            ChildAction.CreateTrain create => $"+train{create.Attempt}{(create.IsSuccessor ? "'" : "")}",
            ChildAction.CreatePreflight => "+preflight",
            _ => "-account",
        });
        return string.Join(' ', words.Prepend($"{state.Status}:{state.Reason}"));
    }

    /// <summary>The pods of a Job are its own, where nothing else was said.</summary>
    private static PodReport[] Of(V1Job? job, PodReport[] pods) => [.. pods.Select(pod => pod.JobUid is null ? pod with { JobUid = job?.Metadata.Uid } : pod)];

    private static DateTimeOffset? Time(int? seconds) => seconds is { } known ? At(known) : null;
}
