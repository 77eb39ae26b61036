using Inheritune.Api;
using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Status;

/// <summary>Hears from every stage of a run. Reporting never fails a run: implementations swallow their own faults.</summary>
public interface IRunStatus
{
    /// <summary>A line that people read once: what was found, written or decided.</summary>
    void Info(string message);

    /// <summary>Something odd that the run survives.</summary>
    void Warn(string message);

    /// <summary>
    /// News for programs: what is set of <see cref="InheritRunStatus.Progress"/>, <see cref="InheritRunStatus.Checkpoint"/> and
    /// <see cref="InheritRunStatus.Results"/> has changed, the rest is as it was. People read it in the lines already.
    /// </summary>
    void Report(InheritRunStatus news)
    {
    }

    /// <summary>Figures of the training: a line that <c>metrics.jsonl</c> has received.</summary>
    void Report(MetricPoint point)
    {
    }

    /// <summary>Something was done that no stage counts. Whoever watches the process knows by it that it does not hang.</summary>
    void Beat()
    {
    }

    /// <summary>Something holds the run up that may pass; dispose the result when it has.</summary>
    /// <param name="what">A sentence about it, with the time of the end if it does not pass.</param>
    IDisposable? Wait(string what) => null;

    /// <summary>Begins a stage with a known amount of work; dispose the result when it is over.</summary>
    /// <param name="title">What is being done, such as "Tokenizing"; its first word stands for it where there is little room.</param>
    /// <param name="total">Amount of work in <paramref name="unit"/>.</param>
    /// <param name="unit">For example "MB", "steps" or "batches".</param>
    IStage Begin(string title, double total, string unit);
}
