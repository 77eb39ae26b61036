namespace Inheritune.Trainer.Commands;

/// <summary>Formats of a verb's result on standard output.</summary>
internal enum OutputFormat
{
    Text,
    Json,
}
