using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Inheritune.Trainer.Evaluation;

namespace Inheritune.Benchmarks.Evaluation;

/// <summary><c>continue MODEL PROMPTS TOKENS</c>, a process of <see cref="GenerateBenchmark"/>: what <c>generate.py</c> does.</summary>
internal sealed class ContinueCommand : Command
{
    private readonly Argument<string> _model = new("model");

    private readonly Argument<string> _prompts = new("prompts");

    private readonly Argument<int> _tokens = new("tokens");

    public ContinueCommand()
        : base("continue")
    {
        Hidden = true;
        Add(_model);
        Add(_prompts);
        Add(_tokens);
        SetAction(arguments => Continue(arguments.GetRequiredValue(_model), arguments.GetRequiredValue(_prompts), arguments.GetRequiredValue(_tokens)));
    }

    private static void Continue(string folder, string promptFile, int tokens)
    {
        var (model, tokenizer) = Models.Open(folder);
        using var _ = model;
        var prompts = JsonSerializer.Deserialize<int[][]>(File.ReadAllText(promptFile))!;
        var generator = new TextGenerator(model, tokenizer);

        var clock = Stopwatch.StartNew();
        var continuations = prompts.Select(prompt => generator.Generate(prompt, tokens, 0, 0, CancellationToken.None)).ToArray();
        Console.WriteLine(JsonSerializer.Serialize(new { seconds = clock.Elapsed.TotalSeconds, continuations }));
    }
}
