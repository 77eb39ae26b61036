namespace Inheritune.Trainer.Reporting;

/// <summary>One line of the results table: exact loss over the whole validation data.</summary>
/// <param name="Model">For example "reference", "target at step 0", "target".</param>
/// <param name="Layers">Number of transformer blocks.</param>
/// <param name="Parameters">Number of parameters; tied ones count once.</param>
/// <param name="Loss">Mean cross-entropy per token, in nats.</param>
/// <param name="TrainingTokens">Tokens this model was trained on in this run.</param>
/// <param name="Seconds">Time spent training it in this run, in seconds.</param>
public sealed record ResultRow(string Model, int Layers, long Parameters, double Loss, long TrainingTokens, double Seconds)
{
    public double Perplexity => Math.Exp(Loss);
}
