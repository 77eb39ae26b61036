using Inheritune.Operator.Runtime;
using Microsoft.Extensions.Hosting;

namespace Inheritune.Operator.Hosting;

/// <summary>What every replica does, leader or not: follows the API server and writes the events that it has noted.</summary>
internal sealed class WatchService(IReadOnlyList<NamespaceWatch> watches, EventRecorder events) : BackgroundService
{
    private const long QuietBytes = 4 << 20, WorthwhileBytes = 16 << 20;

    private static readonly TimeSpan TidyPeriod = TimeSpan.FromSeconds(15);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll([.. watches.Select(watch => watch.RunAsync(stoppingToken)), events.RunAsync(stoppingToken), TidyAsync(stoppingToken)]);

    /// <summary>
    /// Collects what the first lists and the first look at every run have left, and whatever comes later, once little happens. The collector
    /// itself waits for as much garbage as the processor's cache is large, which on a server may be hundreds of megabytes, and so for hours.
    /// </summary>
    private static async Task TidyAsync(CancellationToken stop)
    {
        var (tidied, before) = (0L, 0L);
        using var timer = new PeriodicTimer(TidyPeriod);
        while (await timer.WaitForNextTickAsync(stop))
        {
            var now = GC.GetTotalAllocatedBytes();
            var isQuiet = now - before < QuietBytes;
            before = now;
            if (!isQuiet || now - tidied < WorthwhileBytes) continue;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            tidied = now;
        }
    }
}
