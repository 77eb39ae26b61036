namespace Inheritune.Api;

/// <summary>
/// A rule over several fields, said twice: <see cref="Holds"/> is what the trainer and the operator check, <see cref="Cel"/> what the
/// API server checks. Both see the defaults filled in and each field within its own bounds, and refuse with the same message.
/// </summary>
/// <param name="Field">Path of the field that is blamed, as in the YAML.</param>
/// <param name="Value">The offending value as written; empty when the field is missing.</param>
/// <param name="Holds">The rule.</param>
/// <param name="Cel">The rule in the Common Expression Language, where <c>self</c> is the spec.</param>
/// <param name="Message">What is wrong and how to mend it, as the end of a sentence that names the field.</param>
public sealed record InheritRunRule(string Field, Func<InheritRun, string> Value, Func<InheritRun, bool> Holds, string Cel, string Message);
