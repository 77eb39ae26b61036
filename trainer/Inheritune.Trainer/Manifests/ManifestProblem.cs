using Inheritune.Api;

namespace Inheritune.Trainer.Manifests;

/// <summary>A <see cref="FieldError"/> with the place of its cause.</summary>
internal sealed record ManifestProblem(Origin Origin, FieldError Error)
{
    /// <summary>Whether <paramref name="field"/> is the field in question or lies within it.</summary>
    public bool Covers(string field) =>
        field.StartsWith(Error.Field, StringComparison.Ordinal) && (field.Length == Error.Field.Length || field[Error.Field.Length] is '.' or '[');

    public override string ToString() => $"{Origin.Place}: {Error}";
}
