using Inheritune.Api;

namespace Inheritune.Trainer.Manifests;

/// <summary>Finds the name that a misspelt one was meant to be.</summary>
internal static class Suggestion
{
    /// <summary>The nearest of the known names as a question, or all of them when none is near.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">What may be written.</param>
    /// <param name="plural">What the known names are, for the list.</param>
    public static string For(string name, IReadOnlyList<string> known, string plural) =>
        Nearest(name, known) is { } nearest ? $"did you mean '{nearest}'?" : $"{plural}: {string.Join(", ", known)}";

    /// <summary>The message about a field that does not exist.</summary>
    public static string UnknownField(Type type, string name) =>
        "unknown field; " + For(name, ResourceSchema.Names(type), "known fields");

    /// <summary>The known name that differs by a third of its letters or less; null when there is none.</summary>
    public static string? Nearest(string name, IReadOnlyList<string> known)
    {
        var (nearest, distance) = known.Select(candidate => (candidate, Distance(name, candidate))).MinBy(pair => pair.Item2);
        return distance <= Math.Max(1, nearest.Length / 3) ? nearest : null;
    }

    /// <summary>Edit distance without regard to case; a swap of neighbours counts once (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        // A name far longer than any known one is never near, and need not cost a large table.
        if (a.Length > 2 * b.Length) return a.Length;
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        for (var j = 0; j <= b.Length; j++)
        {
            if (i == 0 || j == 0)
            {
                table[i, j] = i + j;
                continue;
            }

            var change = Same(a[i - 1], b[j - 1]) ? 0 : 1;
            table[i, j] = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + change);
            if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
        }

        return table[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
