using Inheritune.Trainer.Status;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>Keeps what it hears, from any thread.</summary>
internal sealed class Heard : IRunStatus
{
    private readonly List<string> _lines = [];

    public string Text
    {
        get
        {
            lock (_lines) return string.Join('\n', _lines);
        }
    }

    public void Info(string message) => Warn(message);

    public void Warn(string message)
    {
        lock (_lines) _lines.Add(message);
    }

    public IStage Begin(string title, double total, string unit) => SilentStatus.Instance.Begin(title, total, unit);
}
