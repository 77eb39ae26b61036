namespace Inheritune.Trainer.Evaluation;

/// <summary>The versions by their names.</summary>
internal static class HarnessVersions
{
    private static readonly Dictionary<string, HarnessVersion> Names = new(StringComparer.Ordinal)
    {
        ["0.3.0"] = HarnessVersion.V030,
        ["0.3"] = HarnessVersion.V03,
        ["0.4"] = HarnessVersion.V04,
    };

    public static HarnessVersion Parse(string name, string field) => Names.TryGetValue(name, out var version)
        ? version
        : throw RunException.Invalid(field, name, $"is no version of the harness that is known here; give one of {string.Join(", ", Names.Keys)}");

    public static string Name(this HarnessVersion version) => Names.First(entry => entry.Value == version).Key;
}
