using System.Globalization;

namespace Inheritune.Trainer.Data;

/// <summary>Enumerations for messages.</summary>
internal static class Names
{
    private const int Most = 8;

    /// <summary>The first few of them, and how many there are beside those.</summary>
    public static string List(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(Most))
        + (names.Count > Most ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - Most:N0} more") : "");
}
