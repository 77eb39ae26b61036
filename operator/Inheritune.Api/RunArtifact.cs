using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>Something that a run wrote.</summary>
public sealed class RunArtifact
{
    [Required, StringLength(1024, MinimumLength = 1), RegularExpression(Patterns.Uri)]
    [Description("Where it lies.")]
    public string Uri { get; init; } = "";

    [StringLength(71), RegularExpression(Patterns.Sha256)]
    [Description("Digest of its content.")]
    public string? Sha256 { get; init; }

    [Range(0, long.MaxValue), Description("Size, in bytes.")]
    public long? Bytes { get; init; }
}
