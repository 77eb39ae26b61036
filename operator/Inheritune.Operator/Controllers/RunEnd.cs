using Inheritune.Api;

namespace Inheritune.Operator.Controllers;

/// <summary>How a run ends, for ever.</summary>
/// <param name="Results">What its trainer said last, in case that it could not write it into the status.</param>
internal sealed record RunEnd(bool Succeeded, string Reason, string Message, RunResults? Results = null)
{
    /// <summary>How far its trainer had come, likewise.</summary>
    public RunProgress? Progress { get; init; }

    public static RunEnd Failed(string reason, string message) => new(false, reason, message);
}
