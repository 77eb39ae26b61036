using Inheritune.Trainer.Status;

namespace Inheritune.EndToEnd.Tests.Runs;

/// <summary>Stops a run when it reports for the n-th time; only reports that begin with a prefix count.</summary>
internal sealed class StopAtEvent(int n, string prefix = "") : IRunStatus, IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public CancellationToken Token => _source.Token;

    /// <summary>Reports heard so far.</summary>
    public int Events { get; private set; }

    /// <summary>What the run was about when it was stopped.</summary>
    public string Where { get; private set; } = "";

    public void Info(string message) => Hear(message);

    public void Warn(string message) => Hear(message);

    public IStage Begin(string title, double total, string unit)
    {
        Hear(title);
        return new Stage(this, title);
    }

    public void Dispose() => _source.Dispose();

    private void Hear(string what)
    {
        if (!what.StartsWith(prefix, StringComparison.Ordinal) || ++Events != n) return;
        Where = what;
        _source.Cancel();
    }

    private sealed class Stage(StopAtEvent status, string title) : IStage
    {
        public void Report(double done, string detail = "") => status.Hear(FormattableString.Invariant($"{title} {done}"));

        public void Dispose()
        {
        }
    }
}
