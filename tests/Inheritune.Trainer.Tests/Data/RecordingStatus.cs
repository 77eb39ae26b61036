using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Tests.Data;

/// <summary>Keeps what it hears.</summary>
public sealed class RecordingStatus : IRunStatus
{
    public List<string> Messages { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<string> Stages { get; } = [];

    public Action OnReport { get; init; } = () => { };

    public void Info(string message) => Messages.Add(message);

    public void Warn(string message) => Warnings.Add(message);

    public IStage Begin(string title, double total, string unit)
    {
        Stages.Add($"{title} {unit}");
        return new Stage(OnReport);
    }

    private sealed class Stage(Action onReport) : IStage
    {
        public void Report(double done, string detail = "") => onReport();

        public void Dispose()
        {
        }
    }
}
