using Inheritune.Api;

namespace Inheritune.Trainer;

/// <summary>
/// Something the user can mend. It is printed as one message without a stack trace and decides the exit code;
/// any other exception is a fault of the program.
/// </summary>
public sealed class RunException(ExitCode code, string message, Exception? inner = null) : Exception(message, inner)
{
    public ExitCode Code { get; } = code;

    /// <summary>Whether the cause may be gone in a while, without anybody doing something about it.</summary>
    public bool MayPass { get; init; }

    /// <summary>A word of the run's status that says it more exactly than the code; null where the code says it.</summary>
    public string? Reason { get; init; }

    /// <summary>Input that cannot work, naming field, value and remedy; see <see cref="FieldError"/>.</summary>
    public static RunException Invalid(string field, string value, string message) =>
        new(ExitCode.InvalidInput, new FieldError(field, value, message).ToString());

    /// <summary>An output that is another's.</summary>
    public static RunException Occupied(string field, string value, string message) =>
        new(ExitCode.InvalidInput, new FieldError(field, value, message).ToString()) { Reason = ConditionReasons.OutputOccupied };

    public static RunException Invalid(IReadOnlyCollection<FieldError> errors) =>
        new(ExitCode.InvalidInput, string.Join(Environment.NewLine, errors));
}
