using System.Text.RegularExpressions;
using Inheritune.Api;

namespace Inheritune.Operator.Controllers;

/// <summary>
/// Which images and Secrets a run may name, as the operator's administrator has it. It judges names alone: the operator reads no Secret.
/// </summary>
internal sealed partial record TenantLimits
{
    /// <summary>Beginnings of images, up to the end of one of their parts; empty for all.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Names of Secrets, or their beginnings with * behind; empty for all.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Why pods as the spec wants them may not be; null where they may.</summary>
    public string? Against(InheritRunSpec spec) =>
        Refusal(Images, SpecNames.Images(spec), IsWithin, "--allowed-image, in its chart allowedImages")
        ?? Refusal(Secrets, SpecNames.Secrets(spec), Matches, "--allowed-secret, in its chart allowedSecrets");

    /// <summary>What is wrong with an entry of <see cref="Images"/>; null where nothing is.</summary>
    public static string? ImageError(string entry) => Regex.IsMatch(entry, Patterns.Image)
        ? null
        : $"'{entry}' is no beginning of an image; write it like registry.example/team or ghcr.io/inheritune/inheritune-trainer";

    /// <summary>What is wrong with an entry of <see cref="Secrets"/>; null where nothing is.</summary>
    public static string? SecretError(string entry) => SecretPattern().IsMatch(entry)
        ? null
        : $"'{entry}' is no name of a Secret; write it like minio-credentials, or inheritune-* for all that begin so";

    private static string? Refusal(
        IReadOnlyList<string> allowed, IEnumerable<(string Field, string Name)> named, Func<string, string, bool> allows, string setting)
    {
        if (allowed.Count == 0) return null;
        var (field, name) = named.FirstOrDefault(named => !allowed.Any(entry => allows(entry, named.Name)));
        if (field is null) return null;
        return $"{field}: '{name}' is not allowed by the operator ({setting}); create a run that names one of these: {string.Join(", ", allowed)}";
    }

    /// <summary>
    /// At the end of a part, so that team does not allow team-b. A colon with a slash behind it is one before a port: another registry.
    /// </summary>
    private static bool IsWithin(string entry, string image)
    {
        if (!image.StartsWith(entry, StringComparison.Ordinal)) return false;
        var rest = image[entry.Length..];
        return rest.Length == 0 || entry.EndsWith('/') || rest[0] is '/' or '@' || (rest[0] == ':' && !rest.Contains('/'));
    }

    private static bool Matches(string entry, string name) =>
        entry.EndsWith('*') ? name.StartsWith(entry[..^1], StringComparison.Ordinal) : name == entry;

    [GeneratedRegex(@"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?|([a-z0-9][-a-z0-9.]*)?\*)\z")]
    private static partial Regex SecretPattern();
}
