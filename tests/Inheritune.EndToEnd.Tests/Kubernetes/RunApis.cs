using System.Net;
using System.Text.Json.Nodes;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>
/// The checked-in CRD on both servers of the control plane: on the current one as it is, and on the one of 1.20, which drops the
/// CEL rules, under another group.
/// </summary>
public sealed class RunApis : IDisposable
{
    private const string Group = "inheritune.dev", OldGroup = "old.inheritune.dev";

    private readonly ControlPlane _plane;
    private readonly Lazy<Task<RunApi>> _current, _old;
    private readonly List<IDisposable> _clients = [];

    public RunApis(ControlPlane plane)
    {
        _plane = plane;
        _current = new(() => MakeAsync(plane.Definitions, Group));
        _old = new(() => MakeAsync(plane.Administrator, OldGroup));
    }

    private static string Definition { get; } = Path.Combine(Checkout.Root, "config/crd/inheritruns.inheritune.dev.yaml");

    /// <summary>The namespace of <see cref="CurrentAsync"/>.</summary>
    public string Namespace { get; private set; } = "";

    /// <summary>The server that knows the rules.</summary>
    public Task<RunApi> CurrentAsync() => _current.Value;

    /// <summary>The current server and the old one.</summary>
    public Task<RunApi[]> BothAsync() => Task.WhenAll(_current.Value, _old.Value);

    /// <summary>What both servers have made of the CRD.</summary>
    public async Task<V1CustomResourceDefinition[]> DefinitionsAsync()
    {
        await BothAsync();
        return [await ReadAsync(_plane.Definitions, Group), await ReadAsync(_plane.Administrator, OldGroup)];
    }

    public void Dispose() => _clients.ForEach(client => client.Dispose());

    private async Task<RunApi> MakeAsync(KubernetesClientConfiguration definitions, string group)
    {
        await InstallAsync(definitions, group);
        var ns = await _plane.CreateNamespaceAsync();
        if (group == Group) Namespace = ns;
        var schema = (await ReadAsync(definitions, group)).Spec.Versions.Single().Schema.OpenAPIV3Schema;
        return new RunApi(Client(_plane.Administrator), group, ns, schema.Properties["spec"].XKubernetesValidations is not null);
    }

    private Task<V1CustomResourceDefinition> ReadAsync(KubernetesClientConfiguration definitions, string group) =>
        Client(definitions).ApiextensionsV1.ReadCustomResourceDefinitionAsync($"inheritruns.{group}", cancellationToken: TestContext.Current.CancellationToken);

    private async Task InstallAsync(KubernetesClientConfiguration definitions, string group)
    {
        var stop = TestContext.Current.CancellationToken;
        var text = (await File.ReadAllTextAsync(Definition, stop)).Replace($"group: {Group}", $"group: {group}").Replace($"name: inheritruns.{Group}", $"name: inheritruns.{group}");
        var client = Client(definitions);
        try
        {
            await client.CustomObjects.CreateClusterCustomObjectAsync<JsonNode>(RunApi.Document(text), "apiextensions.k8s.io", "v1", "customresourcedefinitions", fieldValidation: "Strict", cancellationToken: stop);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
        {
            // Another test of this run was first.
        }

        var served = Client(_plane.Administrator);
        await Poll.UntilAsync(async () =>
        {
            try
            {
                await served.CustomObjects.ListClusterCustomObjectAsync<JsonNode>(group, "v1alpha1", "inheritruns", cancellationToken: stop);
                return true;
            }
            catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            {
                return false;
            }
        });
    }

    private ApiClient Client(KubernetesClientConfiguration configuration)
    {
        var client = new ApiClient(configuration);
        _clients.Add(client);
        return client;
    }
}
