using Inheritune.Api;

namespace Inheritune.Trainer.Commands;

/// <summary>How a verb about a run ended well.</summary>
/// <param name="Message">In words.</param>
/// <param name="AlreadyComplete">The run was complete before.</param>
/// <param name="Results">The results of a complete run.</param>
/// <param name="CheckpointBytes">Size of a checkpoint of a run that can work.</param>
/// <param name="Progress">How far a run had come that was complete before.</param>
internal sealed record RunEnding(string Message, bool AlreadyComplete = false, RunResults? Results = null, long? CheckpointBytes = null, RunProgress? Progress = null);
