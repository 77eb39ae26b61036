using System.Globalization;
using Inheritune.Trainer.Reporting;

namespace Inheritune.Trainer.Quickstart;

/// <summary>Puts the reports of an inherited and a randomly initialised target of the same shape on one page.</summary>
public static class Comparison
{
    public static RunReport Of(RunReport inherited, RunReport random)
    {
        ArgumentNullException.ThrowIfNull(inherited);
        ArgumentNullException.ThrowIfNull(random);
        ResultRow[] rows =
        [
            inherited.Results[0],
            inherited.Results[^2],
            inherited.Results[^1],
            random.Results[^1] with { Model = $"{ResultRows.Target} from random weights" },
        ];
        var (reference, final, baseline) = (rows[0].Loss, rows[2].Loss, rows[3].Loss);
        return inherited with
        {
            Title = "Inheritune quickstart",
            Summary = string.Create(CultureInfo.InvariantCulture,
                $"Two models of {rows[2].Layers} layers were trained on the same {Numbers.Count(rows[2].TrainingTokens)} tokens. The one that inherited the first {rows[2].Layers} of the reference's {rows[0].Layers} layers reaches a validation loss of {final:F3}, {final - reference:F3} above the reference ({reference:F3}); the one that started from random weights reaches {baseline:F3}, {baseline - reference:F3} above it."),
            Curves = [inherited.Curves[0] with { Name = "inherited" }, random.Curves[0] with { Name = "random initialisation" }],
            Results = rows,
            Samples =
            [
                .. inherited.Samples.Zip(random.Samples, (a, b) => a with
                {
                    Continuations = [.. a.Continuations.SkipLast(1), new("inherited", a.Continuations[^1].Value), new("random initialisation", b.Continuations[^1].Value)],
                }),
            ],
        };
    }
}
