using Inheritune.Trainer.Status;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>Calls back with every line and every title.</summary>
internal sealed class Listener(Action<string> hear) : IRunStatus
{
    public void Info(string message) => hear(message);

    public void Warn(string message) => hear(message);

    public IStage Begin(string title, double total, string unit)
    {
        hear(title);
        return SilentStatus.Instance.Begin(title, total, unit);
    }
}
