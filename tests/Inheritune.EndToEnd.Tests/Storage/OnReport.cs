using System.Text;
using Inheritune.Trainer.Status;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>Does something when a report that begins with a prefix comes for the first time; remembers all of them.</summary>
internal sealed class OnReport(string prefix, Action action, IRunStatus? next = null) : IRunStatus
{
    private readonly StringBuilder _text = new();
    private int _done;

    public string Text
    {
        get
        {
            lock (_text) return _text.ToString();
        }
    }

    public void Info(string message)
    {
        Hear(message);
        next?.Info(message);
    }

    public void Warn(string message)
    {
        Hear(message);
        next?.Warn(message);
    }

    public IStage Begin(string title, double total, string unit) => SilentStatus.Instance.Begin(title, total, unit);

    private void Hear(string message)
    {
        lock (_text) _text.Append(message).Append('\n');
        if (message.StartsWith(prefix, StringComparison.Ordinal) && Interlocked.Exchange(ref _done, 1) == 0) action();
    }
}
