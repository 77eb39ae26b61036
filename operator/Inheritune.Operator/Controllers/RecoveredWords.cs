using System.Globalization;
using Inheritune.Api;
using k8s;

namespace Inheritune.Operator.Controllers;

/// <summary>
/// What a trainer said last, where its status does not say it: an API server that was down in the end may have the losses of the beginning,
/// and a run that was complete before it began has none.
/// </summary>
internal sealed record RecoveredWords(RunProgress? Progress, RunResults? Results)
{
    /// <summary>Above it a loss has no such form, nor any meaning.</summary>
    private const double LargestLoss = 1e9;

    /// <summary>Null when the status has it all.</summary>
    public static RecoveredWords? Of(Observation seen, RunEnd end)
    {
        var (progress, results) = (end.Succeeded ? Finished(seen, end) : null, end.Results);
        if (IsSame(progress, seen.Status.Progress)) progress = null;
        if (IsSame(results, seen.Status.Results)) results = null;
        return progress is null && results is null ? null : new(progress, results);
    }

    /// <summary>The progress of a run that is complete; null where the trainer left no words about it.</summary>
    private static RunProgress? Finished(Observation seen, RunEnd end)
    {
        if (end.Results is not { } results) return null;
        var (before, said) = (seen.Status.Progress ?? new(), end.Progress);
        var (final, reference) = (results.Final?.Loss, results.Reference?.Loss);
        var total = said?.TotalSteps ?? before.TotalSteps ?? seen.Spec.Training.Steps;
        return before with
        {
            Step = total ?? before.Step,
            TotalSteps = total,
            Percent = "100%",
            Tokens = said?.Tokens ?? before.Tokens,
            Loss = said?.Loss ?? before.Loss,
            EvalLoss = final ?? before.EvalLoss,
            Gap = final is not null && reference is not null ? Gap(Decimals.Parse(final) - Decimals.Parse(reference)) : before.Gap,
            EtaSeconds = 0,
            Eta = "0s",
        };
    }

    private static string? Gap(double nats) => Math.Abs(nats) < LargestLoss ? nats.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture) : null;

    private static bool IsSame<T>(T? said, T? written) where T : class =>
        said is null || (written is not null && KubernetesJson.Serialize(said) == KubernetesJson.Serialize(written));
}
