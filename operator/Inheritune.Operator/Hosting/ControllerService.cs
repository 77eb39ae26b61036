using Inheritune.Operator.Runtime;
using Microsoft.Extensions.Hosting;

namespace Inheritune.Operator.Hosting;

/// <summary>Runs the controllers of a process that is known to be the only one.</summary>
internal sealed class ControllerService(IEnumerable<IController> controllers) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(controllers.Select(controller => controller.RunAsync(stoppingToken)));
}
