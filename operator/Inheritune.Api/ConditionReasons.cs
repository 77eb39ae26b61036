namespace Inheritune.Api;

/// <summary>Reasons of the condition <see cref="ConditionTypes.Succeeded"/>: the words that the STATUS column begins with.</summary>
public static class ConditionReasons
{
    // While the run goes on: the condition is Unknown. A pod whose container cannot be made gives the kubelet's own word, such as
    // ImagePullBackOff or, for a Secret that is not there, FailedMount.

    /// <summary>No operator has taken up the run; the API server itself says so.</summary>
    public const string Waiting = "Waiting";

    /// <summary>The preflight looks at reference, data and output.</summary>
    public const string Validating = "Validating";

    /// <summary>A queue has not admitted the run yet.</summary>
    public const string Queued = "Queued";

    /// <summary>The pod waits for a node; the message is the scheduler's.</summary>
    public const string Pending = "Pending";

    /// <summary>The node fetches the image.</summary>
    public const string Pulling = "Pulling";

    /// <summary>The container is being made; the trainer has not reported yet.</summary>
    public const string Starting = "Starting";

    /// <summary>The trainer reads reference and data.</summary>
    public const string Staging = "Staging";

    /// <summary>A process trains on the GPU.</summary>
    public const string Training = "Training";

    public const string Evaluating = "Evaluating";

    public const string Checkpointing = "Checkpointing";

    /// <summary>The trainer waits for a store that does not answer, and tries again.</summary>
    public const string StorageUnreachable = "StorageUnreachable";

    /// <summary>The cluster took the pod away; another one follows.</summary>
    public const string Disrupted = "Disrupted";

    /// <summary>An attempt failed; another one follows.</summary>
    public const string Retrying = "Retrying";

    /// <summary>To be paused by the spec: its pod saves and still holds its GPU.</summary>
    public const string Suspending = "Suspending";

    /// <summary>Paused by the spec, and its pod is gone.</summary>
    public const string Suspended = "Suspended";

    // The run succeeded: the condition is True.

    public const string Completed = "Completed";

    /// <summary>The output held this run's result already; nothing was trained.</summary>
    public const string AlreadyComplete = "AlreadyComplete";

    // The run failed for good: the condition is False.

    public const string InvalidSpec = "InvalidSpec";

    /// <summary>Another run has the output, or another recipe's result is there. Also while a run waits for it.</summary>
    public const string OutputOccupied = "OutputOccupied";

    /// <summary>The reference cannot be read, or does not fit the recipe.</summary>
    public const string ModelIncompatible = "ModelIncompatible";

    public const string BackoffLimitExceeded = "BackoffLimitExceeded";

    public const string StartDeadlineExceeded = "StartDeadlineExceeded";

    public const string DeadlineExceeded = "DeadlineExceeded";

    public const string ProgressStalled = "ProgressStalled";

    /// <summary>The kubelet evicted the pod because it took more local disk than it had asked for.</summary>
    public const string ScratchExceeded = "ScratchExceeded";

    public const string CudaOutOfMemory = "CudaOutOfMemory";

    /// <summary>The trainer was refused memory on the host; one that is killed for it has the kubelet's own word, OOMKilled.</summary>
    public const string OutOfMemory = "OutOfMemory";

    /// <summary>The loss became NaN, infinite or exploded.</summary>
    public const string Diverged = "Diverged";

    public const string StorageDenied = "StorageDenied";

    public const string StorageUnavailable = "StorageUnavailable";

    public const string ImagePullFailed = "ImagePullFailed";
}
