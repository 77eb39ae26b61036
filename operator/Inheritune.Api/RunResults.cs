using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>The outcome: exact losses on the whole validation data, and what was written.</summary>
public sealed class RunResults
{
    [Description("Loss of the reference.")]
    public RunLoss? Reference { get; init; }

    [Description("Loss of the target at step 0, as inherited.")]
    public RunLoss? Initial { get; init; }

    [Description("Loss of the trained target.")]
    public RunLoss? Final { get; init; }

    [Description("The exported model, a Hugging Face folder.")]
    public RunArtifact? Artifact { get; init; }

    [Description("The report page.")]
    public RunArtifact? Report { get; init; }
}
