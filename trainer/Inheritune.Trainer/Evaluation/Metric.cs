namespace Inheritune.Trainer.Evaluation;

/// <summary>A number that a task reports.</summary>
/// <param name="Name">The harness's name.</param>
/// <param name="Aggregation">How it comes from the documents.</param>
/// <param name="HigherIsBetter">Whether a better model has more of it.</param>
internal sealed record Metric(string Name, Aggregation Aggregation = Aggregation.Mean, bool HigherIsBetter = true)
{
    public static readonly Metric Accuracy = new("acc");

    /// <summary>Accuracy when each choice's log-likelihood is divided by its length in characters.</summary>
    public static readonly Metric NormalizedAccuracy = new("acc_norm");
}
