using Inheritune.Api;
using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>All that a decision about a run rests on: what the API server has, and the time.</summary>
/// <param name="Preflight">The Job of its name, whoever made it; null when there is none.</param>
/// <param name="Train">As before.</param>
/// <param name="PreflightPods">In the order in which they were made.</param>
/// <param name="TrainPods">Also those of an earlier Job of the run.</param>
internal sealed record Observation(V1Alpha1InheritRun Run, V1Job? Preflight, V1Job? Train, IReadOnlyList<PodReport> PreflightPods, IReadOnlyList<PodReport> TrainPods, DateTimeOffset Now)
{
    /// <summary>Earlier Jobs of the run that are being deleted and cannot end, and that nobody writes for any more.</summary>
    public IReadOnlyList<V1Job> Deserted { get; init; } = [];

    /// <summary>Since when a trainer's word would have been heard; null while none would.</summary>
    public DateTimeOffset? HearingSince { get; init; }

    /// <summary>What the API server has against what is to be done; null when nothing is known.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>Another run that has the output of this one; null when it is free, and of a run that has ended.</summary>
    public NamespacedName? Occupant { get; init; }

    /// <summary>Why the operator's administrator wants no pods as the spec has them; null where there may be such.</summary>
    public string? Forbidden { get; init; }

    /// <summary>What keeps the Job controller from making a pod of <see cref="WithoutPod"/>; null when nothing is known.</summary>
    public string? PodRefusal { get; init; }

    /// <summary>What keeps the node from preparing <see cref="Unprepared"/>; null when nothing is known.</summary>
    public SetupTrouble? Trouble { get; init; }

    /// <summary>The pod that has a node and no container yet, and whose status does not say why.</summary>
    public PodReport? Unprepared => TrainPods.Concat(PreflightPods).FirstOrDefault(PodState.IsInPreparation);

    /// <summary>The run has come to its end. A success that its trainer still works at is nobody's but a forger's.</summary>
    public bool HasEnded => Status.IsFinished() && !(Status.Is(ConditionTypes.Succeeded, ConditionStatus.True) && IsTraining);

    private bool IsTraining => Train is { } job && Owns(job) && !job.IsFinished() && !job.IsGoing()
        && TrainPods.Any(pod => pod is { RunningSince: not null, Leaves: null });

    /// <summary>The Job that should have a pod and has none.</summary>
    public V1Job? WithoutPod => HasEnded ? null
        : Lacks(Preflight) ? Preflight
        : Lacks(Train) ? Train
        : null;

    public InheritRunSpec Spec => Run.Spec;

    public InheritRunStatus Status => Run.Status ?? new();

    public bool IsSuspended => Run.Spec.Suspend;

    /// <summary>The preflight has passed, once and for all.</summary>
    public bool IsValidated => Status.Is(ConditionTypes.Validated, ConditionStatus.True);

    /// <summary>Size of one checkpoint, as the preflight has found it; null where nobody has heard it.</summary>
    public long? CheckpointBytes => PreflightPods.LastOrDefault(pod => pod.LastWords.CheckpointBytes is not null)?.LastWords.CheckpointBytes ?? Status.CheckpointBytes;

    /// <summary>The trainer of the pod has reported since it started.</summary>
    public bool HasReported(PodReport pod) => pod.RunningSince is { } since && Status.Progress?.UpdateTime >= since.AddSeconds(-1);

    public bool Owns(V1Job job) => ChildNames.Owns(Run, job);

    /// <summary>It belongs to a Job that the run has left behind.</summary>
    public bool IsDeserted(PodReport pod) => Deserted.Any(job => job.Uid() == pod.JobUid);

    /// <summary>In the order in which they were made.</summary>
    public IEnumerable<PodReport> PodsOf(V1Job job) => PreflightPods.Concat(TrainPods).Where(pod => pod.JobUid == job.Uid());

    private bool Lacks(V1Job? job) =>
        job is not null && Owns(job) && !job.IsFinished() && !job.IsGoing() && job.Spec.Suspend != true && PodsOf(job).All(pod => pod.HasEnded);
}
