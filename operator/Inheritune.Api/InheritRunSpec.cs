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
}
