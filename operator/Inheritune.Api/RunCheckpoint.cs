using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>A checkpoint in the output.</summary>
public sealed class RunCheckpoint
{
    [Required, Range(0, 100_000_000), Description("Number of optimizer steps done in the checkpoint.")]
    public int Step { get; init; }

    [StringLength(1152, MinimumLength = 1), RegularExpression(Patterns.Uri)]
    [Description("Folder that holds the checkpoint.")]
    public string? Uri { get; init; }

    [StringLength(71), RegularExpression(Patterns.Sha256)]
    [Description("SHA-256 digest of its checkpoint.json, which has those of its files.")]
    public string? Sha256 { get; init; }

    [Description("When the checkpoint was complete.")]
    public DateTimeOffset? Time { get; init; }

    [Range(0, int.MaxValue), Description("How long it took to save it, in seconds.")]
    public int? SaveSeconds { get; init; }
}
