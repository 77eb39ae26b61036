using System.Runtime.InteropServices;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Commands;

/// <summary>Turns the first SIGTERM or Ctrl-C into a cancelled token; the second one ends the process as usual.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly IRunStatus _status;
    private readonly Action _first;

    /// <param name="status">Hears of the signal.</param>
    /// <param name="first">What comes before anything else.</param>
    public StopSignal(IRunStatus status, Action first)
    {
        (_status, _first) = (status, first);
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle), PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle)];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested) return;
        context.Cancel = true;
        _first();
        _status.Info($"{context.Signal} received: stopping; once more ends at once");
        _source.Cancel();
    }
}
