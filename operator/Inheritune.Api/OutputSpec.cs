using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;


/// <summary>Where a run writes. The prefix belongs to one run: another recipe is refused there.</summary>
public sealed class OutputSpec
{
    [Required, StringLength(1024, MinimumLength = 1), RegularExpression(Patterns.Uri)]
    [Description("Folder for the model, the report, the metrics and the checkpoints.")]
    public string Uri { get; init; } = "";

    [Description("What the run does while another has its output: Fail, or Wait for the other's end. Used in a cluster only.")]
    public OccupiedOutput WhenOccupied { get; init; } = OccupiedOutput.Fail;

    [Description("Number format of the exported weights.")]
    public ExportPrecision Precision { get; init; } = ExportPrecision.Float32;
}
