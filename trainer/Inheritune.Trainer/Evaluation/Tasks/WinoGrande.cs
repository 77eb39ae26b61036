namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Winograd schemas at scale (Sakaguchi et al., 2019); a low line marks the gap.</summary>
internal sealed class WinoGrande() : TaskDefinition("winogrande")
{
    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new PartialTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Data = [Name, "winogrande_xl"],
            Prompts = doc => [doc.Text("sentence")[..Gap(doc)] + doc.Text("option1"), doc.Text("sentence")[..Gap(doc)] + doc.Text("option2")],
            Continuation = doc => $" {doc.Text("sentence")[(Gap(doc) + 1)..].Strip()}",
            Gold = doc => doc.Choice("answer", "1", "2"),
        },
    ];

    private static int Gap(DataRecord doc) =>
        doc.Text("sentence").IndexOf('_', StringComparison.Ordinal) is >= 0 and var gap ? gap : throw doc.Refuse("sentence", "must have a gap, marked by _");
}
