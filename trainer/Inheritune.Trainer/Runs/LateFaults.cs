using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Runs;

/// <summary>What goes wrong when the model is out already: it costs what it happened in, is told, and decides how the run ends.</summary>
internal sealed class LateFaults(IRunStatus status)
{
    private readonly List<string> _messages = [];
    private RunException? _first;

    /// <summary>What failed, and why.</summary>
    public IReadOnlyList<string> Messages => _messages;

    /// <summary>The result of an action; null when it failed for a reason that a user can mend, or wait for.</summary>
    public T? Try<T>(string what, Func<T> action)
        where T : class
    {
        try
        {
            return action();
        }
        catch (Exception e) when (DeviceFault.Of(e) is { } fault)
        {
            _first ??= fault;
            _messages.Add($"The {what} failed: {fault.Message}");
            status.Warn(_messages[^1]);
            return null;
        }
    }

    /// <exception cref="RunException">Something failed; the code is that of the first fault.</exception>
    public void Throw(string model)
    {
        if (_first is not null)
            throw new RunException(_first.Code, $"the model is trained and complete in {model}; the same command trains nothing and tries again what is missing. {string.Join(Environment.NewLine, _messages)}", _first);
    }
}
