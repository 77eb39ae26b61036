using Inheritune.Api;
using Inheritune.Trainer.Status;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>Keeps what it hears, from any thread.</summary>
internal sealed class Heard : IRunStatus
{
    private readonly List<string> _lines = [];
    private readonly List<InheritRunStatus> _reports = [];

    public string Text
    {
        get
        {
            lock (_lines) return string.Join('\n', _lines);
        }
    }

    /// <summary>What was reported, in order.</summary>
    public IReadOnlyList<InheritRunStatus> Reports
    {
        get
        {
            lock (_lines) return [.. _reports];
        }
    }

    public void Report(InheritRunStatus change)
    {
        lock (_lines) _reports.Add(change);
    }

    public void Info(string message) => Warn(message);

    public void Warn(string message)
    {
        lock (_lines) _lines.Add(message);
    }

    public IStage Begin(string title, double total, string unit) => SilentStatus.Instance.Begin(title, total, unit);
}
