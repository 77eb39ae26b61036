using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;


/// <summary>Validation during training (quick, on a fixed part) and before and after it (exact, on everything).</summary>
public sealed class EvaluationSpec
{
    [Range(1, 100_000_000), Description("Steps between two quick evaluations.")]
    public int EverySteps { get; init; } = 250;

    [Range(1, 1_000_000), Description("Micro-batches of a quick evaluation; always the same ones, spread over the validation data.")]
    public int Batches { get; init; } = 20;

    [Description("Whether to go on when the reference's loss is above 1.5 times ln(vocabulary). Data of another tokenizer, or ids read with the wrong width, cost as much, so the run ends there by default.")]
    public bool AnyReferenceLoss { get; init; }

    [MaxLength(32), StringLength(64, MinimumLength = 1), RegularExpression(Patterns.EvaluationTask)]
    [Description("Tasks of lm-evaluation-harness that reference and target are compared on at the end, such as piqa, or mmlu=5 for five solved examples before each question.")]
    public IReadOnlyList<string> Tasks { get; init; } = [];

    [StringLength(1024, MinimumLength = 1), RegularExpression(Patterns.Uri), Mountable]
    [Description("Folder with the tasks' data. Required with tasks.")]
    public string? DataUri { get; init; }

    [Range(1, int.MaxValue), Description("Documents of each task. Default: all.")]
    public int? Limit { get; init; }

    [StringLength(8), RegularExpression(Patterns.HarnessVersion)]
    [Description("Version of the harness whose prompts and aggregation apply: 0.3, 0.3.0 or 0.4.")]
    public string Harness { get; init; } = "0.3";
}
