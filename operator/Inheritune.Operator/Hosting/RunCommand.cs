using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Inheritune.Operator.Children;
using Inheritune.Operator.Controllers;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Exceptions;
using Microsoft.Extensions.Hosting;

namespace Inheritune.Operator.Hosting;

/// <summary><c>run</c>: the operator itself, until SIGTERM.</summary>
internal sealed class RunCommand : Command
{
    private const string OwnNamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

    private readonly Option<string[]> _namespaces = new("--namespace", "-n") { Description = "namespace whose runs it leads; may be given several times. Default: all" };
    private readonly Option<string> _image = new("--trainer-image") { Description = "image of the trainer, where a run names none", Required = true };
    private readonly Option<string[]> _pullSecrets = new("--trainer-image-pull-secret") { Description = "Secret with which the trainer's image is fetched; it must exist in the namespaces of the runs. May be given several times" };
    private readonly Option<string?> _preflightImage = new("--preflight-image")
    {
        Description = "image of the preflight, where a run names none, such as one without CUDA. Default: that of --trainer-image",
    };
    private readonly Option<PodDefaults> _defaults = new("--pod-defaults")
    {
        Description = "what all runs have that do not say otherwise: YAML with the fields pod and scheduling, as in a run",
        DefaultValueFactory = _ => new(),
        CustomParser = ParseDefaults,
    };
    private readonly Option<bool> _platformSecurity = new("--platform-security")
    {
        Description = "leaves the users and groups of pods to the cluster, as OpenShift wants it",
    };
    private readonly Option<string[]> _images = Checked(
        "--allowed-image",
        "beginning of the images that runs may name, such as registry.example/team; may be given several times. Default: all",
        TenantLimits.ImageError);

    private readonly Option<string[]> _secrets = Checked(
        "--allowed-secret",
        "Secret that runs may name, or the beginning of such names and *; may be given several times. Default: all",
        TenantLimits.SecretError);

    private readonly Option<bool> _elect = new("--leader-election") { Description = "whether replicas choose a leader among them by a Lease", DefaultValueFactory = _ => true };
    private readonly Option<string?> _leaseNamespace = new("--lease-namespace") { Description = "namespace of the Lease. Default: that of the pod" };
    private readonly Option<IPAddress> _address = new("--metrics-address")
    {
        Description = "IP address for /metrics, /healthz and /readyz. Default: all",
        DefaultValueFactory = _ => IPAddress.IPv6Any,
        CustomParser = Parse,
    };
    private readonly Option<int> _port = new("--metrics-port") { Description = "port for them", DefaultValueFactory = _ => 8080 };
    private readonly Option<FileInfo?> _kubeconfig = new("--kubeconfig") { Description = "access to the cluster. Default: the pod's ServiceAccount, else KUBECONFIG, else ~/.kube/config" };

    public RunCommand()
        : base("run", """
            Leads the InheritRuns of a cluster, until SIGTERM.

            Example: run --trainer-image registry.example/inheritune-trainer:0.1.0
            """)
    {
        Option[] options =
        [
            _namespaces, _image, _pullSecrets, _preflightImage, _defaults, _platformSecurity, _images, _secrets,
            _elect, _leaseNamespace, _address, _port, _kubeconfig,
        ];
        foreach (var option in options) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken stop)
    {
        try
        {
            var file = arguments.GetValue(_kubeconfig);
            var access = file is null ? KubernetesClientConfiguration.BuildDefaultConfig() : KubernetesClientConfiguration.BuildConfigFromConfigFile(file);
            using var host = OperatorHost.Build(access, new OperatorOptions
            {
                TrainerImage = arguments.GetRequiredValue(_image),
                Pods = new()
                {
                    PreflightImage = arguments.GetValue(_preflightImage),
                    PullSecrets = arguments.GetValue(_pullSecrets) ?? [],
                    PlatformSecurity = arguments.GetValue(_platformSecurity),
                    Defaults = arguments.GetRequiredValue(_defaults),
                },
                Limits = new() { Images = arguments.GetValue(_images) ?? [], Secrets = arguments.GetValue(_secrets) ?? [] },
                Namespaces = arguments.GetValue(_namespaces) ?? [],
                Lease = arguments.GetValue(_elect) ? new(LeaseNamespace(arguments), "inheritune-operator") : null,
                Listen = new(arguments.GetRequiredValue(_address), arguments.GetValue(_port)),
            });
            await host.RunAsync(stop);
            return Environment.ExitCode;
        }
        catch (Exception e) when (e is KubeConfigException or IOException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }
    }

    /// <param name="name">Of an option that may be given several times.</param>
    /// <param name="description">What it is.</param>
    /// <param name="error">What is wrong with a value; null where nothing is.</param>
    private static Option<string[]> Checked(string name, string description, Func<string, string?> error) => new(name)
    {
        Description = description,
        Validators =
        {
            given =>
            {
                foreach (var said in given.Tokens.Select(token => error(token.Value)).OfType<string>()) given.AddError($"{name}: {said}");
            },
        },
    };

    private static IPAddress? Parse(ArgumentResult argument)
    {
        if (IPAddress.TryParse(argument.Tokens[0].Value, out var address)) return address;
        argument.AddError($"'{argument.Tokens[0].Value}' is not an IP address; write it like 0.0.0.0");
        return null;
    }

    private static PodDefaults? ParseDefaults(ArgumentResult argument)
    {
        try
        {
            return PodDefaults.Parse(argument.Tokens[0].Value);
        }
        catch (FormatException e)
        {
            argument.AddError($"--pod-defaults: {e.Message}");
            return null;
        }
    }

    private string LeaseNamespace(ParseResult arguments) => arguments.GetValue(_leaseNamespace)
        ?? (File.Exists(OwnNamespaceFile) ? File.ReadAllText(OwnNamespaceFile).Trim() : throw new InvalidOperationException("Outside a pod, give --lease-namespace, or --leader-election false"));
}
