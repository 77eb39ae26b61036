using System.CommandLine;
using System.CommandLine.Parsing;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

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
                         22 training diverged, 24 out of GPU memory, 25 out of memory, 30 storage full or unavailable, 31 GPU fault, 32 stalled, 1 internal error
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
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="verb">What it does.</param>
    /// <param name="memory">What helps when there is not enough memory; may be empty.</param>
    internal static int Execute(ParseResult arguments, Func<CommandContext, CommandOutput> verb, string memory = "")
    {
        var format = arguments.GetValue(CommonOptions.Output);
        using var status = new ConsoleStatus(TimeProvider.System);
        var pulse = new Pulse(status, TimeProvider.System, Pulse.PatienceFromEnvironment());
        using var stop = new StopSignal(status, EndIfStalled);
        try
        {
            CacheFolder.Announce(status);
            TorchLoader.Load(status);
            CpuThreads.Use(arguments.GetValue(CommonOptions.Threads));
            var output = verb(new CommandContext(arguments, pulse, CommonOptions.SelectDevice(arguments), stop.Token));
            status.Dispose();
            if (output.TryWrite(format) is { } loss)
            {
                loss = $"the result cannot be written to standard output ({loss})";
                if (format == OutputFormat.Json || !output.IsKept) throw new RunException(ExitCode.StorageUnavailable, $"{loss}; mend that and run the same command again");
                Warn(loss);
            }

            TerminationMessage.Write(ExitCode.Done, output.Ending.Message, output.Ending.AlreadyComplete, output.Ending.Results, Warn, output.Ending.CheckpointBytes, output.Ending.Progress);
            return (int)ExitCode.Done;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return Fail(ExitCode.Interrupted, "interrupted before it was done; run the same command again");
        }
        catch (Exception e) when (DeviceFault.Of(e, memory) is { } fault)
        {
            return Fail(fault.Code, fault.Message, fault.Reason);
        }
        catch (Exception e)
        {
            // A fault of the program: whoever reports it needs the place, and whoever watches the cluster one line.
            status.Dispose();
            Say($"{e}");
            return Fail(ExitCode.InternalError, $"internal error, a fault of this program; please report it with the lines of its log: {e.GetType().Name}: {e.Message.Split('\n')[0]}");
        }

        // Nobody in a process that hangs would hear of the signal.
        void EndIfStalled()
        {
            if (pulse.Stall is { } stall) ProcessEnd.Now(CommandHost.Fail(format, ExitCode.Stalled, stall));
        }

        int Fail(ExitCode code, string message, string? reason = null)
        {
            status.Dispose();
            return CommandHost.Fail(format, code, message, reason);
        }
    }

    private static int Fail(OutputFormat format, ExitCode code, string message, string? reason = null)
    {
        Say($"error: {message}");
        TerminationMessage.Write(code, message, alreadyComplete: false, results: null, Warn, reason: reason);
        reason ??= $"{code}";
        if (format == OutputFormat.Json) CommandOutput.TryWriteJson(new { error = new { code = (int)code, reason, message } });
        return (int)code;
    }

    private static void Warn(string message) => Say($"warning: {message}");

    private static void Say(string line) => new FaultlessWriter(Console.Error).WriteLine(line);

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
