using System.CommandLine;

namespace Inheritune.Benchmarks.Evaluation;

/// <summary><c>generate</c>: text token by token, against transformers.</summary>
internal sealed class GenerateCommand : Command
{
    private readonly Option<int> _rounds = new("--rounds") { Description = "how often each is measured; the table shows medians", DefaultValueFactory = _ => 5 };

    private readonly Option<int> _patience = new("--patience") { Description = "seconds to wait for a quiet machine before each measurement", DefaultValueFactory = _ => 20 };

    private readonly Option<bool> _write = new("--write") { Description = "put the table into docs/benchmarks.md" };

    public GenerateCommand()
        : base("generate", """
            Continues five prompts with three models, in turns with transformers, and prints tokens per second.

            Both sides have their key-value cache and take the most likely token. Ratios are their time by ours, from the first prompt to the
            last token; "of whole processes" with the start of the program and the loading of the model. It ends with an error where a token differs.

            Needs the PyTorch peer, which it installs when this runs as root. Takes some minutes.
            """)
    {
        Add(_rounds);
        Add(_patience);
        Add(_write);
        SetAction(arguments => GenerateBenchmark.Run(arguments.GetValue(_rounds), TimeSpan.FromSeconds(arguments.GetValue(_patience)), arguments.GetValue(_write)));
    }
}
