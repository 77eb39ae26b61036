namespace Inheritune.Trainer.Status;

/// <summary>
/// Reports on standard error: live bars on a terminal, plain dated lines elsewhere. Standard output is left to results.
/// </summary>
public sealed class ConsoleStatus : IRunStatus, IDisposable
{
    private readonly IRunStatus _view;

    /// <summary>Reports on standard error.</summary>
    /// <param name="time">Dates the lines and paces the bars.</param>
    public ConsoleStatus(TimeProvider time)
        : this(Console.Error, !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"), time)
    {
    }

    /// <summary>Reports on a writer.</summary>
    /// <param name="error">Receives the text.</param>
    /// <param name="interactive">Whether it is a terminal that understands cursor movements.</param>
    /// <param name="time">Dates the lines and paces the bars.</param>
    public ConsoleStatus(TextWriter error, bool interactive, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var writer = new FaultlessWriter(error);
        _view = interactive ? new LiveStatus(writer, time) : new PlainStatus(writer, time);
    }

    public void Info(string message) => _view.Info(message);

    public void Warn(string message) => _view.Warn(message);

    public IStage Begin(string title, double total, string unit) => _view.Begin(title, total, unit);

    /// <summary>Ends the bars of stages that were left open and gives the cursor back.</summary>
    public void Dispose() => (_view as IDisposable)?.Dispose();
}
