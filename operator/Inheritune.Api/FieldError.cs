namespace Inheritune.Api;


/// <summary>One thing that is wrong with a manifest, and what to do about it.</summary>
/// <param name="Field">Path of the field as in the YAML, for example <c>spec.training.learningRate</c>.</param>
/// <param name="Value">The offending value as written; empty when the field is missing.</param>
/// <param name="Message">What is wrong and how to mend it, as the end of a sentence that names the field.</param>
public sealed record FieldError(string Field, string Value, string Message)
{
    public override string ToString() =>
        Value.Length == 0 ? $"{Field}: {Message}" : $"{Field}: '{Value}' {Message}";
}
