using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Rbac;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>Writes the operator's part of a status, by server-side apply: what the trainer wrote stays the trainer's.</summary>
[EntityRbac(typeof(V1Alpha1InheritRun), Subresource = "status", Verbs = RbacVerb.Patch)]
internal sealed class StatusWriter(ApiClient client)
{
    /// <summary>Version of each run after the last write to it.</summary>
    private readonly ConcurrentDictionary<string, ulong> _written = new();

    /// <summary>
    /// The operator's part of each run's status, as it is for the operator. Others may write the whole of a status, above all the account of
    /// the run itself, and under any manager's name: what they write over this is not believed, and is written over in its turn.
    /// </summary>
    private readonly ConcurrentDictionary<string, InheritRunStatus> _own = new();

    /// <summary>The store does not show the last write yet; what was counted there would be counted again.</summary>
    public bool IsStale(V1Alpha1InheritRun run) => _written.TryGetValue(run.Uid(), out var version) && Version(run) < version;

    public void Forget(V1Alpha1InheritRun run)
    {
        _written.TryRemove(run.Uid(), out _);
        _own.TryRemove(run.Uid(), out _);
    }

    /// <summary>The run with the trainer's part of its status as the store has it, and the operator's as the operator knows it.</summary>
    public V1Alpha1InheritRun Believe(V1Alpha1InheritRun run)
    {
        if (!_own.TryGetValue(run.Uid(), out var own)) return run;
        var status = run.Status ?? new();
        return new()
        {
            ApiVersion = run.ApiVersion, Kind = run.Kind, Metadata = run.Metadata, Spec = run.Spec,
            Status = own with { Progress = status.Progress, Checkpoint = status.Checkpoint, Results = status.Results },
        };
    }

    /// <summary>Writes where there is something new. Returns the run as the API server then has it; null when there was nothing.</summary>
    public async Task<V1Alpha1InheritRun?> WriteAsync(V1Alpha1InheritRun run, RunPlan plan, CancellationToken stop)
    {
        try
        {
            var written = await PatchAsync(run, plan, stop);
            _own[run.Uid()] = plan.Status;
            return written;
        }
        catch (ApiException e) when (e.IsTransient)
        {
            // Nobody knows whether it was written. What the API server has then counts.
            _own.TryRemove(run.Uid(), out _);
            throw;
        }
    }

    private async Task<V1Alpha1InheritRun?> PatchAsync(V1Alpha1InheritRun run, RunPlan plan, CancellationToken stop)
    {
        var latest = run;
        // Before the end is final: afterwards nobody would look.
        if (plan.Recovered is { } said) latest = await PatchAsync(latest, V1Patch.PatchType.MergePatch, new { progress = said.Progress, results = said.Results }, "", stop);
        if (KubernetesJson.Serialize(plan.Status) == KubernetesJson.Serialize(Own(run.Status ?? new(), run.Status?.ObservedGeneration))) return null;
        return await PatchAsync(latest, V1Patch.PatchType.ApplyPatch, WithoutEmpty(plan.Status), "&force=true", stop);
    }

    /// <summary>Writes, if the run is still of its version: one that was deleted and made again meanwhile must not inherit what is true of its predecessor.</summary>
    private async Task<V1Alpha1InheritRun> PatchAsync(V1Alpha1InheritRun run, V1Patch.PatchType type, object status, string query, CancellationToken stop)
    {
        var content = new { apiVersion = ApiGroup.ApiVersion, kind = ApiGroup.Kind, metadata = new { resourceVersion = run.ResourceVersion() }, status };
        var now = await client.PatchAsync<V1Alpha1InheritRun>(NamespacedName.Of(run), new V1Patch(content, type), stop, "status", $"fieldManager={ChildNames.Operator}{query}");
        _written[run.Uid()] = Version(now);
        return now;
    }

    /// <summary>The part of a status that is the operator's.</summary>
    /// <param name="status">The whole of it.</param>
    /// <param name="generation">The generation that it speaks of.</param>
    public static InheritRunStatus Own(InheritRunStatus status, long? generation) => new()
    {
        ObservedGeneration = generation,
        Phase = status.Phase,
        StartTime = status.StartTime,
        CompletionTime = status.CompletionTime,
        SpecHash = status.SpecHash,
        Summary = status.Summary,
        // Earlier versions wrote longer ones.
        Conditions = [.. status.Conditions.Select(condition => condition with { Message = Text.Fit(condition.Message) })],
        Preflights = status.Preflights,
        Job = status.Job,
        Attempts = status.Attempts,
        LastFailure = status.LastFailure,
        CheckpointBytes = status.CheckpointBytes,
        Usage = status.Usage,
    };

    /// <summary>Servers of 1.20 make null of an empty string that is applied, and then refuse it as no string.</summary>
    private static JsonNode WithoutEmpty(InheritRunStatus status)
    {
        var json = JsonNode.Parse(KubernetesJson.Serialize(status))!;
        Remove(json);
        return json;

        static void Remove(JsonNode? node)
        {
            if (node is JsonArray list) foreach (var item in list) Remove(item);
            if (node is not JsonObject map) return;
            foreach (var (key, value) in map.ToArray())
            {
                if (value?.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0) map.Remove(key);
                else Remove(value);
            }
        }
    }

    /// <summary>Versions are numbers that grow, as etcd counts them.</summary>
    private static ulong Version(V1Alpha1InheritRun run) => ulong.TryParse(run.ResourceVersion(), CultureInfo.InvariantCulture, out var version) ? version : 0;
}
