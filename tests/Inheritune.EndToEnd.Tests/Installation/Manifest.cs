using System.Text.Json.Nodes;
using Inheritune.EndToEnd.Tests.Kubernetes;
using k8s;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>Objects as YAML documents.</summary>
internal sealed class Manifest(IReadOnlyList<JsonNode> objects)
{
    /// <summary>Kind and name of each, in alphabetical order.</summary>
    public IEnumerable<string> Names => objects.Select(Name).Order(StringComparer.Ordinal);

    public static Manifest Parse(string yaml) => new(
    [
        .. from document in $"\n{yaml}".Split("\n---\n")
           // Of a template that makes nothing, comments remain.
           where document.Split('\n').Any(line => line.Length > 0 && !line.StartsWith('#'))
           select JsonNode.Parse(KubernetesJson.Serialize(RunApi.Document(document)))!,
    ]);

    public JsonNode this[string name] => Assert.Single(objects, item => Name(item) == name);

    public T Get<T>(string name) => KubernetesJson.Deserialize<T>(this[name].ToJsonString());

    private static string Name(JsonNode item) =>
        $"{item["kind"]} {(item["metadata"]!["namespace"] is { } ns ? $"{ns}/" : "")}{item["metadata"]!["name"]}";
}
