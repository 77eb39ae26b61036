using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;


/// <summary>
/// One run of the method: take the first blocks of a reference LM, train them on a subset of the data and report how
/// close the result comes to the reference. The same document is read by the trainer and by the API server.
/// </summary>
[Description("One run of Inheritune: take the first blocks of a reference LM, train them on a subset of the data and report how close the result comes to the reference.")]
public sealed class InheritRun
{
    [Required, Description("The API version, inheritune.dev/v1alpha1.")]
    public string ApiVersion { get; init; } = "";

    [Required, Description("The kind of this document, InheritRun.")]
    public string Kind { get; init; } = "";

    [Required, Description("Name, namespace, labels and annotations, as for every Kubernetes resource.")]
    public ObjectMeta Metadata { get; init; } = new();

    [Required, Description("The recipe, fixed when the run is created but for suspend, deadlines.activeDeadlineSeconds and ttlSecondsAfterFinished.")]
    public InheritRunSpec Spec { get; init; } = new();
}
