using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>How well a model predicts the validation data.</summary>
public sealed class RunLoss
{
    [Required, StringLength(32), RegularExpression(Patterns.Decimal), Description("Validation loss, in nats per token.")]
    public string Loss { get; init; } = "";

    [StringLength(32), RegularExpression(Patterns.Decimal), Description("Perplexity, the exponential of the loss.")]
    public string? Perplexity { get; init; }
}
