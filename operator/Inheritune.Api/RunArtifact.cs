using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>Something that a run wrote.</summary>
public sealed class RunArtifact
{
    [Required, StringLength(1152, MinimumLength = 1), RegularExpression(Patterns.Uri)]
    [Description("URI of the folder or file.")]
    public string Uri { get; init; } = "";

    [StringLength(71), RegularExpression(Patterns.Sha256)]
    [Description("SHA-256 digest of the file; of a folder, that of what `sha256sum *` prints in it.")]
    public string? Sha256 { get; init; }

    [Range(0, long.MaxValue), Description("Size of the content, in bytes.")]
    public long? Bytes { get; init; }
}
