using Inheritune.Trainer.Commands;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>Calls the program within the test's process, which spares half a second of start-up. Only for <see cref="OneAtATime"/>.</summary>
internal static class CommandLine
{
    public static CommandResult Run(params string[] arguments)
    {
        var (output, error) = (Console.Out, Console.Error);
        using var newOutput = new StringWriter();
        using var newError = new StringWriter();
        try
        {
            Console.SetOut(newOutput);
            Console.SetError(newError);
            var code = CommandHost.Run(arguments);
            return new CommandResult(code, newOutput.ToString(), newError.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
