using System.CommandLine;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Inheritance;
using Spectre.Console;

namespace Inheritune.Trainer.Commands;

/// <summary><c>generate URI --prompt TEXT</c>: continues a text.</summary>
internal sealed class GenerateCommand : Command
{
    private readonly Argument<string> _uri = new("uri") { Description = "a Hugging Face model folder" };

    private readonly Option<string> _prompt = new("--prompt") { Description = "text to continue", Required = true };

    private readonly Option<int> _tokens = new("--tokens") { Description = "tokens to add at most", DefaultValueFactory = _ => 64 };

    private readonly Option<double> _temperature = new("--temperature") { Description = "0 takes the most likely token, 1 samples from the model's distribution", DefaultValueFactory = _ => 0 };

    private readonly Option<int> _seed = new("--seed") { Description = "seed of the sampling", DefaultValueFactory = _ => 1 };

    public GenerateCommand()
        : base("generate", """
            Continues a prompt. The same command gives the same text.

              inheritune-trainer generate runs/stories/model --prompt "Once upon a time" --temperature 0.8
            """)
    {
        Add(_uri);
        Add(_prompt);
        Add(_tokens);
        Add(_temperature);
        Add(_seed);
        CommonOptions.AddTo(this);
        SetAction(arguments => CommandHost.Execute(arguments, Execute));
    }

    private CommandOutput Execute(CommandContext context)
    {
        var arguments = context.Arguments;
        using var stores = context.OpenStores();
        var prompt = arguments.GetRequiredValue(_prompt);
        var tokens = arguments.GetValue(_tokens);
        var temperature = arguments.GetValue(_temperature);
        if (tokens < 1) throw RunException.Invalid("--tokens", $"{tokens}", "must be at least 1");
        if (!(temperature >= 0 && double.IsFinite(temperature))) throw RunException.Invalid("--temperature", FormattableString.Invariant($"{temperature}"), "must be a number that is not negative");

        var (checkpoint, tokenizer) = context.OpenModel(stores, arguments.GetRequiredValue(_uri));
        using var model = Target.Load(checkpoint, context.Device, context.Status, context.Stop);
        var text = new TextGenerator(model, tokenizer, checkpoint.EndOfText.Ids).Continue(prompt, tokens, temperature, arguments.GetValue(_seed), context.Stop);
        return new CommandOutput(new { Model = checkpoint.Store.Location, Prompt = prompt, Continuation = text }, [new Text(prompt + text)]);
    }
}
