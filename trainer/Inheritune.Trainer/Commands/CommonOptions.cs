using System.CommandLine;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Commands;

/// <summary>Options that every verb has.</summary>
internal static class CommonOptions
{
    public static Option<OutputFormat> Output { get; } = new("--output", "-o")
    {
        Description = "text, or json: one JSON document on standard output; progress always goes to standard error",
        DefaultValueFactory = _ => OutputFormat.Text,
    };

    public static Option<int?> Threads { get; } = new("--threads")
    {
        Description = "CPU threads of libtorch; results are bit-identical only for the same number [default: OMP_NUM_THREADS, else the cores that the process may use; a run that goes on keeps its number where it can]",
        Validators = { result => { if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var n) || n is < 1 or > 1024)) result.AddError($"--threads: '{token.Value}' must be a number from 1 to 1024"); } },
    };

    private static Option<string> DeviceName { get; } = AcceptOnly(new Option<string>("--device")
    {
        Description = "auto, cpu or cuda; auto takes a GPU if there is one",
        DefaultValueFactory = _ => "auto",
    });

    /// <summary>The argument of the verbs that are about a run.</summary>
    public static Argument<string> Manifest() => new("manifest") { Description = "an InheritRun as YAML; the same file that kubectl applies" };

    /// <summary>What changes the manifest.</summary>
    public static Option<string[]> Set() => new("--set")
    {
        Description = "override a field, such as --set training.steps=100; may be repeated",
        HelpName = "path=value",
        AllowMultipleArgumentsPerToken = false,
    };

    public static void AddTo(Command command)
    {
        command.Add(Output);
        command.Add(DeviceName);
        command.Add(Threads);
    }

    /// <summary>The device of <c>--device</c>.</summary>
    public static Device SelectDevice(ParseResult arguments)
    {
        var name = arguments.GetValue(DeviceName);
        if (name == "cpu") return CPU;
        if (cuda.is_available()) return CUDA;
        return name == "cuda" ? throw RunException.Invalid("--device", "cuda", "is not available: no NVIDIA GPU or driver was found, or this build has no CUDA (-p:TorchBackend=cuda); use --device cpu") : CPU;
    }

    private static Option<string> AcceptOnly(Option<string> option)
    {
        option.AcceptOnlyFromAmong("auto", "cpu", "cuda");
        return option;
    }
}
