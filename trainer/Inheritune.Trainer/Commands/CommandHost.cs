using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;
using TorchSharp;

namespace Inheritune.Trainer.Commands;

/// <summary>Parses the command line, runs a verb and turns whatever happens into one message and the documented exit code.</summary>
public static class CommandHost
{
    /// <summary>The program.</summary>
    public static int Run(string[] args)
    {
        var root = new RootCommand(
            """
            Makes a small language model out of a large one: keeps the first blocks of a reference LM, trains them on a small
            subset of the data and reports how close the result comes (Inheritune, arXiv 2404.08634).

            Begin with:  inheritune-trainer quickstart

            Exit codes:  0 done, 10 interrupted (the same command continues), 20 invalid input, 21 storage access denied,
                         22 training diverged, 24 out of GPU memory, 30 storage full or unavailable, 31 GPU fault, 1 internal error
            """)
        {
            new QuickstartCommand(), new PreflightCommand(), new RunCommand(), new InspectCommand(), new EvaluateCommand(), new GenerateCommand(), new TokenizeCommand(),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count == 0) return parsed.Invoke();

        var messages = parsed.Errors.Select(Message).Append($"Try '{string.Join(' ', Path(parsed.CommandResult))} --help'.");
        var format = parsed.GetResult(CommonOptions.Output) is { } given && !given.Errors.Any() ? parsed.GetValue(CommonOptions.Output) : OutputFormat.Text;
        return Fail(format, ExitCode.InvalidInput, string.Join(Environment.NewLine, messages));
    }

    /// <summary>Runs a verb that needs libtorch.</summary>
    internal static int Execute(ParseResult arguments, Func<CommandContext, CommandOutput> verb)
    {
        var format = arguments.GetValue(CommonOptions.Output);
        using var status = new ConsoleStatus(TimeProvider.System);
        using var stop = new StopSignal(status);
        try
        {
            TorchLoader.Load(status);
            CpuThreads.Use(arguments.GetValue(CommonOptions.Threads));
            var output = verb(new CommandContext(arguments, status, CommonOptions.SelectDevice(arguments), stop.Token));
            status.Dispose();
            output.Write(format);
            TerminationMessage.Write(ExitCode.Done, output.Ending.Message, output.Ending.AlreadyComplete, output.Ending.Results, Warn, output.Ending.Needs);
            return (int)ExitCode.Done;
        }
        catch (RunException e)
        {
            return Fail(e.Code, e.Message);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return Fail(ExitCode.Interrupted, "interrupted; what was done is saved, and the same command continues from there");
        }
        catch (ExternalException e) when (e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase))
        {
            return Fail(ExitCode.OutOfGpuMemory, "the device ran out of memory; lower spec.training.microBatchSize and raise gradientAccumulationSteps by the same factor");
        }
        catch (ExternalException e) when (e.Message.Contains("CUDA error", StringComparison.Ordinal))
        {
            return Fail(ExitCode.GpuFault, $"the GPU failed: {e.Message.Split('\n')[0]}");
        }
        catch (Exception e)
        {
            // A fault of the program: whoever reports it needs the place, and whoever watches the cluster one line.
            status.Dispose();
            Console.Error.WriteLine(e);
            return Fail(ExitCode.InternalError, $"internal error, a fault of this program; please report it with the lines of its log: {e.GetType().Name}: {e.Message.Split('\n')[0]}");
        }

        int Fail(ExitCode code, string message)
        {
            status.Dispose();
            return CommandHost.Fail(format, code, message);
        }
    }

    private static int Fail(OutputFormat format, ExitCode code, string message)
    {
        Console.Error.WriteLine($"error: {message}");
        TerminationMessage.Write(code, message, alreadyComplete: false, results: null, Warn);
        if (format == OutputFormat.Json)
            CommandOutput.WriteJson(new { error = new { code = (int)code, reason = code, message } });
        return (int)code;
    }

    private static void Warn(string message) => Console.Error.WriteLine($"warning: {message}");

    /// <summary>The library's own words for a bad value name a .NET type and not always the option.</summary>
    private static string Message(ParseError error)
    {
        if (error.SymbolResult is not OptionResult { Option: var option, Tokens: [.., var token] } || error.Message.StartsWith(option.Name, StringComparison.Ordinal))
            return error.Message;

        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        return type switch
        {
            { IsEnum: true } => $"{option.Name}: '{token.Value}' must be one of {string.Join(", ", Enum.GetNames(type))}",
            { IsPrimitive: true } => $"{option.Name}: '{token.Value}' must be a {(type == typeof(int) ? "whole " : "")}number",
            _ => $"{option.Name}: {string.Join(' ', error.Message.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries))}",
        };
    }

    private static IEnumerable<string> Path(SymbolResult? result)
    {
        var names = new Stack<string>();
        for (; result is not null; result = result.Parent)
            if (result is CommandResult command) names.Push(command.Command.Name);
        return names;
    }
}
