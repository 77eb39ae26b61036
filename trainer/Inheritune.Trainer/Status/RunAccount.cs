using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Api;

namespace Inheritune.Trainer.Status;

/// <summary>All news of a run put together: the trainer's part of the resource's status, with what follows from it for people.</summary>
internal sealed class RunAccount
{
    private readonly JsonObject _known = [];

    /// <summary>Takes news in.</summary>
    /// <returns>Whether they should not wait: another activity, an evaluation, a checkpoint or a result.</returns>
    public bool Add(InheritRunStatus news)
    {
        var before = Urgent();
        Merge(_known, JsonSerializer.SerializeToNode(new { news.Progress, news.Checkpoint, news.Results }, StatusJson.Options)!.AsObject());
        if (_known["progress"] is JsonObject progress) Derive(progress);
        return Urgent() != before;
    }

    public bool IsEmpty => _known.Count == 0;

    /// <summary>A copy of what is known.</summary>
    /// <param name="standing">Where the process is at present.</param>
    public JsonObject Snapshot(RunProgress? standing = null)
    {
        var copy = _known.DeepClone().AsObject();
        var now = JsonSerializer.SerializeToNode(standing ?? new(), StatusJson.Options)!.AsObject();
        if (now.Count > 0) Merge(copy, new JsonObject { ["progress"] = now });
        return copy;
    }

    /// <summary>What a snapshot says of the place where the process is, but for the training, which has stages by the minute.</summary>
    public static string Place(JsonObject snapshot) => snapshot["progress"] is not JsonObject progress ? ""
        : $"{progress["trouble"]}{(progress["activity"]?.GetValue<string>() == nameof(RunActivity.Training) ? "" : $"\n{progress["stage"]}")}";

    private void Derive(JsonObject progress)
    {
        if (progress["step"] is { } step && progress["totalSteps"] is { } total) progress["percent"] = Figures.Percent((long)step.GetValue<int>(), total.GetValue<int>());
        if (progress["etaSeconds"] is { } eta) progress["eta"] = Figures.Duration(eta.GetValue<long>());
        if (progress["evalLoss"] is { } loss && _known["results"]?["reference"]?["loss"] is { } reference)
            progress["gap"] = Figures.Gap(Decimals.Parse(loss.GetValue<string>()) - Decimals.Parse(reference.GetValue<string>()));
    }

    private string Urgent() => string.Create(CultureInfo.InvariantCulture,
        $"{_known["progress"]?["activity"]} {_known["progress"]?["evalLoss"]} {_known["checkpoint"]?.ToJsonString()} {_known["results"]?.ToJsonString()}");

    private static void Merge(JsonObject into, JsonObject news)
    {
        foreach (var (name, value) in news)
        {
            if (value is JsonObject part && into[name] is JsonObject known) Merge(known, part);
            else into[name] = value?.DeepClone();
        }
    }
}
