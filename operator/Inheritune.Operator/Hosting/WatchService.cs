using Inheritune.Operator.Runtime;
using Microsoft.Extensions.Hosting;

namespace Inheritune.Operator.Hosting;

/// <summary>What every replica does, leader or not: follows the API server and writes the events that it has noted.</summary>
internal sealed class WatchService(IReadOnlyList<NamespaceWatch> watches, EventRecorder events) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll([.. watches.Select(watch => watch.RunAsync(stoppingToken)), events.RunAsync(stoppingToken), TidyAsync(stoppingToken)]);

    /// <summary>
    /// The first lists leave several times as much garbage as there is to keep, and then so little happens that it would stay for hours.
    /// </summary>
    private async Task TidyAsync(CancellationToken stop)
    {
        await Task.WhenAll(watches.Select(watch => watch.Synced)).WaitAsync(stop);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
