namespace Inheritune.Trainer.Status;

/// <summary>Reports to nobody; for library use and tests.</summary>
public sealed class SilentStatus : IRunStatus
{
    public static SilentStatus Instance { get; } = new();

    public void Info(string message)
    {
    }

    public void Warn(string message)
    {
    }

    public IStage Begin(string title, double total, string unit) => new Stage();

    private sealed class Stage : IStage
    {
        public void Report(double done, string detail = "")
        {
        }

        public void Dispose()
        {
        }
    }
}
