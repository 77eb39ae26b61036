namespace Inheritune.Trainer.Status;

/// <summary>A stage of a run with a progress bar.</summary>
public interface IStage : IDisposable
{
    /// <summary>Tells how far the stage is.</summary>
    /// <param name="done">Work done so far, in the unit of the stage.</param>
    /// <param name="detail">A few words beside the bar, such as the loss.</param>
    void Report(double done, string detail = "");
}
