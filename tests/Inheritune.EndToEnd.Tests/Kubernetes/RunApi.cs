using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using YamlDotNet.Serialization;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>The runs of a namespace, as an API server takes them.</summary>
/// <param name="client">The server.</param>
/// <param name="group">Group under which it knows them.</param>
/// <param name="ns">The namespace.</param>
/// <param name="knowsRules">Whether the server keeps the CEL rules of the CRD, and not the bounds of single fields alone.</param>
public sealed class RunApi(IKubernetes client, string group, string ns, bool knowsRules)
{
    private const string Version = "v1alpha1", Plural = "inheritruns";

    private static readonly IDeserializer Yaml = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public string Group => group;

    public string Namespace => ns;

    public bool KnowsRules => knowsRules;

    /// <summary>YAML as the client sends it.</summary>
    public static Dictionary<string, object> Document(string yaml) => Yaml.Deserialize<Dictionary<string, object>>(yaml);

    public Task<JsonNode> GetAsync(string name) => client.CustomObjects.GetNamespacedCustomObjectAsync<JsonNode>(group, Version, ns, Plural, name, Stop);

    /// <summary>What the server has against a new object; nothing is stored.</summary>
    public Task<IReadOnlyList<Refusal>> RefusalsAsync(string yaml) => CreateAsync(yaml, dryRun: "All");

    public async Task CreateAsync(string yaml) => Assert.Empty(await CreateAsync(yaml, dryRun: null));

    /// <summary>Changes an object by a merge patch, where null removes a field; empty when the server did it.</summary>
    public Task<IReadOnlyList<Refusal>> PatchAsync(string name, string json) =>
        TryAsync(() => client.CustomObjects.PatchNamespacedCustomObjectAsync<JsonNode>(Merge(json), group, Version, ns, Plural, name, cancellationToken: Stop));

    public Task<IReadOnlyList<Refusal>> PatchStatusAsync(string name, string json) =>
        TryAsync(() => client.CustomObjects.PatchNamespacedCustomObjectStatusAsync<JsonNode>(Merge(json), group, Version, ns, Plural, name, cancellationToken: Stop));

    private Task<IReadOnlyList<Refusal>> CreateAsync(string yaml, string? dryRun) =>
        TryAsync(() => client.CustomObjects.CreateNamespacedCustomObjectAsync<JsonNode>(
            new Dictionary<string, object>(Document(yaml)) { ["apiVersion"] = $"{group}/{Version}" }, group, Version, ns, Plural, dryRun, fieldValidation: "Strict", cancellationToken: Stop));

    private static async Task<IReadOnlyList<Refusal>> TryAsync(Func<Task> request)
    {
        try
        {
            await request();
            return [];
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest)
        {
            var status = KubernetesJson.Deserialize<V1Status>(e.Response.Content);
            // <nil>: the remark that the rules were not looked at, because single fields are wrong.
            return status.Details?.Causes is { Count: > 0 } causes
                ? [.. causes.Where(cause => cause.Field != "<nil>").Select(cause => new Refusal(cause.Field ?? "", cause.Message))]
                : [new Refusal("", status.Message)];
        }
    }

    private static V1Patch Merge(string json) => new(JsonNode.Parse(json), V1Patch.PatchType.MergePatch);
}
