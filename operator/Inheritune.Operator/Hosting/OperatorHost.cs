using Inheritune.Operator.Children;
using Inheritune.Operator.Controllers;
using Inheritune.Operator.Runtime;
using Inheritune.Operator.Web;
using k8s;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Inheritune.Operator.Hosting;

/// <summary>Puts an operator process together.</summary>
internal static class OperatorHost
{
    /// <summary>Longer than any watch is silent and any outage that a restart would not help against.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(10);

    public static IHost Build(KubernetesClientConfiguration access, OperatorOptions options)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", true));
        var services = builder.Services;
        services.AddSingleton(_ => new ApiClient(access));
        services.AddSingleton(given => new EventRecorder(given.GetRequiredService<ApiClient>(), ChildNames.Operator, TimeProvider.System, given.GetRequiredService<ILogger<EventRecorder>>()));
        services.AddSingleton<OutputHolders>();
        services.AddSingleton<IReadOnlyList<NamespaceWatch>>(given =>
        [
            .. (options.Namespaces.Count > 0 ? options.Namespaces.Cast<string?>() : [null]).Distinct().Select(ns => new NamespaceWatch(
                given.GetRequiredService<ApiClient>(), ns, new JobBuilder(options.TrainerImage, options.Pods), given.GetRequiredService<OutputHolders>(), options.Limits,
                given.GetRequiredService<EventRecorder>(), given.GetRequiredService<ILoggerFactory>())),
        ]);
        services.AddHostedService(given => Server(options, given.GetRequiredService<IReadOnlyList<NamespaceWatch>>()));
        services.AddHostedService<WatchService>();
        services.AddHostedService(given => Controllers(given, options));
        return builder.Build();
    }

    private static StatusServer Server(OperatorOptions options, IReadOnlyList<NamespaceWatch> watches)
    {
        RunMetrics.Follow([.. watches.Select(watch => watch.Runs)], TimeProvider.System);
        return new(
            options.Listen,
            () => watches.Max(watch => watch.Silence) is var silence && silence > LongestSilence ? $"the API server has been silent for {silence.TotalSeconds:0} s" : null,
            () => watches.All(watch => watch.Synced.IsCompletedSuccessfully) ? null : "the stores are not filled yet");
    }

    private static BackgroundService Controllers(IServiceProvider given, OperatorOptions options)
    {
        var controllers = given.GetRequiredService<IReadOnlyList<NamespaceWatch>>().Select(watch => watch.Controller).ToArray();
        if (options.Lease is not { } lease) return new ControllerService(controllers);
        var elector = new LeaderElector(given.GetRequiredService<ApiClient>(), new LeaderElectionOptions { Lease = lease }, TimeProvider.System, given.GetRequiredService<ILogger<LeaderElector>>());
        return new LeaderElectedService(elector, controllers, given.GetRequiredService<IHostApplicationLifetime>());
    }
}
