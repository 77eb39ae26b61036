using System.CommandLine;

namespace Inheritune.Benchmarks.Evaluation;

/// <summary><c>evaluate</c>: multiple-choice tasks, against transformers.</summary>
internal sealed class EvaluateCommand : Command
{
    private readonly Option<int> _rounds = new("--rounds") { Description = "how often each is measured; the table shows medians", DefaultValueFactory = _ => 3 };

    private readonly Option<int> _patience = new("--patience") { Description = "seconds to wait for a quiet machine before each measurement", DefaultValueFactory = _ => 20 };

    public EvaluateCommand()
        : base("evaluate", """
            Answers real multiple-choice questions with two models, in turns with transformers, and prints medians.

            The same requests are answered three times: by our engine, which reads what they share once; by our model, one request after the
            other; and by transformers, one request after the other, as a plain script does. Ratios are their time by ours, from the first text
            to the last answer; "of whole processes" with the start of the program and the loading of the model. It ends with an error where
            an answer differs by more than 1e-4 or a score at all.

            Needs the tasks' own documents (INHERITUNE_SHARED) and the PyTorch peer, which it installs when this runs as root. Takes some minutes.
            """)
    {
        Add(_rounds);
        Add(_patience);
        SetAction(arguments => EvaluateBenchmark.Run(arguments.GetValue(_rounds), TimeSpan.FromSeconds(arguments.GetValue(_patience))));
    }
}
