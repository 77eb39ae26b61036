namespace Inheritune.Trainer.Status;

/// <summary>Why a status was not written.</summary>
/// <param name="Message">What the server said, or why it did not answer.</param>
/// <param name="RetryAfter">How long the server asks to be left alone; zero if it does not say.</param>
internal sealed record StatusRefusal(string Message, TimeSpan RetryAfter);
