using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;


/// <summary>The recipe of a run. What is not said here has a default, and every default is stated on its field.</summary>
public sealed class InheritRunSpec
{
    [Description("The reference LM whose first blocks are inherited. Leave out to train from scratch; then architecture is needed.")]
    public ReferenceSpec? Reference { get; init; }

    [Description("Shape of a model that is trained from scratch, without a reference. Exclusive with reference.")]
    public ArchitectureSpec? Architecture { get; init; }

    [Required, Description("The text or tokens to train on.")]
    public DatasetSpec Dataset { get; init; } = new();

    [Required, Description("Where the model, the report and the checkpoints go.")]
    public OutputSpec Output { get; init; } = new();

    [Description("What the target takes over from the reference. Required with reference.")]
    public InheritSpec? Inherit { get; init; }

    [Required, Description("The training loop.")]
    public TrainingSpec Training { get; init; } = new();

    [Description("When and on how much data the target is evaluated.")]
    public EvaluationSpec Evaluation { get; init; } = new();

    [Description("How often the state of the run is saved.")]
    public CheckpointSpec Checkpoint { get; init; } = new();

    [Description("What the report shows beside the curves and the table.")]
    public ReportSpec Report { get; init; } = new();

    [Description("How s3:// URIs are reached.")]
    public StorageSpec Storage { get; init; } = new();

    [Mutable, Description("Whether the run is to pause: the trainer saves a checkpoint and gives its GPU back. Set to false, the run continues from there. Used in a cluster only.")]
    public bool Suspend { get; init; }

    [Description("How often a failed run is tried again. Used in a cluster only.")]
    public RetrySpec Retry { get; init; } = new();

    [Description("When the run is given up. Used in a cluster only.")]
    public DeadlinesSpec Deadlines { get; init; } = new();

    [Mutable, Range(0, int.MaxValue), Description("How long the Job and the pods of a finished run are kept, in seconds. The run itself stays. Used in a cluster only.")]
    public int TtlSecondsAfterFinished { get; init; } = 604800;

    [Description("What the pod asks of its node, beside exactly one GPU. Used in a cluster only.")]
    public ResourcesSpec Resources { get; init; } = new();

    [Description("Where the pod may go. Used in a cluster only.")]
    public SchedulingSpec? Scheduling { get; init; }

    [Description("The pod that looks at reference, data and output before one with a GPU is asked for. Used in a cluster only.")]
    public PreflightSpec? Preflight { get; init; }

    [StringLength(253, MinimumLength = 1), RegularExpression(Patterns.DnsSubdomain)]
    [Description("ServiceAccount of the pods, such as one with rights in a cloud. Used in a cluster only. Default: one of the run.")]
    public string? ServiceAccountName { get; init; }

    [Description("More of both pods. Used in a cluster only.")]
    public PodSpec? Pod { get; init; }

    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.Image)]
    [Description("Container image of the trainer. Used in a cluster only. Default: the operator's.")]
    public string? Image { get; init; }
}
