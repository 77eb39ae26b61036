using Inheritune.Operator.Runtime;
using Microsoft.Extensions.Hosting;

namespace Inheritune.Operator.Hosting;

/// <summary>What every replica does, leader or not: follows the API server and writes the events that it has noted.</summary>
internal sealed class WatchService(IReadOnlyList<NamespaceWatch> watches, EventRecorder events) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(watches.Select(watch => watch.RunAsync(stoppingToken)).Append(events.RunAsync(stoppingToken)));
}
