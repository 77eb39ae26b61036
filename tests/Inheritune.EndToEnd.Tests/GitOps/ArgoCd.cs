using System.Text;
using System.Text.Json.Nodes;

namespace Inheritune.EndToEnd.Tests.GitOps;

/// <summary>What Argo CD makes of a run with the scripts of <c>config/argocd</c>, in a Lua of the same dialect and with the same few libraries.</summary>
internal static class ArgoCd
{
    private const string Scripts = "config/argocd/inheritune.dev/InheritRun";

    public static async Task<(string Status, string Message)> HealthAsync(JsonNode run)
    {
        var health = await ExecuteAsync("health.lua", run);
        return ((string)health["status"]!, (string)health["message"]!);
    }

    /// <summary>Names of the actions that are offered and not greyed out.</summary>
    public static async Task<IEnumerable<string>> ActionsAsync(JsonNode run) =>
        (await ExecuteAsync("actions/discovery.lua", run)).AsObject().Where(action => !(bool)action.Value!["disabled"]!).Select(action => action.Key);

    /// <summary>What Argo CD sends to the API server for an action: a merge patch from the object to the one that the script returns.</summary>
    public static async Task<JsonObject> ActAsync(string action, JsonNode run) =>
        MergePatch(run.AsObject(), (await ExecuteAsync($"actions/{action}/action.lua", run)).AsObject());

    /// <summary>What a script returns.</summary>
    /// <param name="script">Path below the scripts, or a whole one.</param>
    public static async Task<JsonNode> ExecuteAsync(string script, JsonNode run)
    {
        var (code, output, error) = await HostProgram.RunAsync(new("lua5.1", [Path.Combine(Checkout.Infrastructure, "lua/argo-cd.lua"), Path.Combine(Checkout.File(Scripts), script)]), Lua(run));
        Assert.True(code == 0, error);
        return JsonNode.Parse(output)!;
    }

    /// <summary>A value as a Lua expression.</summary>
    private static string Lua(JsonNode? value) => value switch
    {
        null => "nil",
        JsonObject fields => $"{{{string.Join(',', fields.Select(field => $"[{Text(field.Key)}]={Lua(field.Value)}"))}}}",
        JsonArray items => $"{{{string.Join(',', items.Select(Lua))}}}",
        _ => value.GetValueKind() == System.Text.Json.JsonValueKind.String ? Text((string)value!) : value.ToJsonString(),
    };

    private static string Text(string text) => $"\"{string.Concat(Encoding.UTF8.GetBytes(text).Select(unit => $"\\{unit:000}"))}\"";

    private static JsonObject MergePatch(JsonObject from, JsonObject to)
    {
        var patch = new JsonObject();
        foreach (var name in from.Select(field => field.Key).Union(to.Select(field => field.Key)))
        {
            if (AreSame(from[name], to[name])) continue;
            patch[name] = from[name] is JsonObject before && to[name] is JsonObject after ? MergePatch(before, after) : to[name]?.DeepClone();
        }

        return patch;
    }

    /// <summary>In Lua an empty object is an empty list; Argo CD puts that right as well.</summary>
    private static bool AreSame(JsonNode? one, JsonNode? other) => (one, other) switch
    {
        (JsonObject { Count: 0 }, JsonArray { Count: 0 }) => true,
        (JsonObject a, JsonObject b) => a.Count == b.Count && a.All(field => b.ContainsKey(field.Key) && AreSame(field.Value, b[field.Key])),
        (JsonArray a, JsonArray b) => a.Count == b.Count && a.Zip(b).All(pair => AreSame(pair.First, pair.Second)),
        _ => JsonNode.DeepEquals(one, other),
    };
}
