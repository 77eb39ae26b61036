namespace Inheritune.Trainer.Training;

/// <summary>
/// Linear warm-up from 0 and cosine decay (paper, appendix; nanoGPT): lr(0) = 0, lr(warmup) = peak, lr(total) = min, and min
/// from there on.
/// </summary>
public sealed record LearningRateSchedule(double Peak, double Min, int WarmupSteps, int TotalSteps)
{
    /// <summary>The learning rate of the step that follows <paramref name="step"/> completed ones.</summary>
    public double At(int step)
    {
        if (step < WarmupSteps) return Peak * step / WarmupSteps;
        if (step >= TotalSteps) return Min;
        var progress = (double)(step - WarmupSteps) / (TotalSteps - WarmupSteps);
        return Min + 0.5 * (1 + Math.Cos(Math.PI * progress)) * (Peak - Min);
    }
}
