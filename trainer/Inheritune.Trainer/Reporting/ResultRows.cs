namespace Inheritune.Trainer.Reporting;

/// <summary>The names with a meaning in the results table, and the rows found by them.</summary>
public static class ResultRows
{
    /// <summary>The reference LM; its loss is the line in the plot and the zero of the gap.</summary>
    public const string Reference = "reference";

    /// <summary>The target right after inheriting.</summary>
    public const string TargetAtStart = "target at step 0";

    /// <summary>The trained target; the names of further targets, such as of growth rounds, start with it.</summary>
    public const string Target = "target";

    public static ResultRow? FindReference(this IEnumerable<ResultRow> rows) => rows.FirstOrDefault(row => row.Model == Reference);

    /// <summary>The target with the lowest finite loss; null when every one diverged or none was evaluated.</summary>
    public static ResultRow? FindBestTarget(this IEnumerable<ResultRow> rows) => rows
        .Where(row => IsTarget(row) && double.IsFinite(row.Loss))
        .MinBy(row => row.Loss);

    /// <summary>The row of a trained target, however it ended.</summary>
    public static bool IsTarget(ResultRow row) => row.Model.StartsWith(Target, StringComparison.Ordinal) && row.Model != TargetAtStart;

    /// <summary>
    /// Share of the distance from the untrained target to the reference that training has closed; above 1 when the target
    /// is better than the reference. Null without the three rows or when the target started no worse than the reference.
    /// </summary>
    public static double? GapClosed(this IReadOnlyList<ResultRow> rows)
    {
        var start = rows.FirstOrDefault(row => row.Model == TargetAtStart);
        return rows.FindReference() is { } reference && rows.FindBestTarget() is { } best && start?.Loss > reference.Loss
            ? (start.Loss - best.Loss) / (start.Loss - reference.Loss)
            : null;
    }
}
