using Microsoft.Extensions.Hosting;

namespace Inheritune.Operator.Runtime;

/// <summary>Runs the controllers while this process leads. Crash-only: whoever has lost the lead, or failed, ends with exit code 1 and starts afresh.</summary>
internal sealed class LeaderElectedService(LeaderElector elector, IEnumerable<IController> controllers, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (work, kept) = (Task.CompletedTask, false);
        try
        {
            kept = await elector.RunAsync(term => work = LeadAsync(term), stoppingToken);
        }
        finally
        {
            if (!kept && !stoppingToken.IsCancellationRequested) Environment.ExitCode = 1;
        }

        // Work that does not heed its cancellation must not go on beside the next leader's.
        if (!work.IsCompleted) Environment.Exit(1);
        if (!kept) lifetime.StopApplication();
    }

    private async Task LeadAsync(CancellationToken term)
    {
        // One that fails takes the others with it.
        using var together = CancellationTokenSource.CreateLinkedTokenSource(term);
        var running = controllers.Select(controller => controller.RunAsync(together.Token)).ToArray();
        await Task.WhenAny(running);
        await together.CancelAsync();
        await Task.WhenAll(running);
    }
}
