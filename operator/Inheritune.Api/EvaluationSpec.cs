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
}
