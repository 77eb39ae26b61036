using System.CommandLine;
using System.Runtime.InteropServices;
using Inheritune.Benchmarks.Evaluation;
using Inheritune.Benchmarks.Operator;
using Inheritune.Benchmarks.Storage;
using Inheritune.Benchmarks.Training;
using Inheritune.Trainer;

var root = new RootCommand(
    """
    Measures the trainer against well-known programs that do the same, and what the operator takes, on this machine, with the real parts running.

    Build with -c Release and leave the machine alone meanwhile. Each measurement is a process of its own. Begin with:  storage
    """)
{
    new StorageCommand(), new PullCommand(), new PushCommand(), new OperatorCommand(), new TrainCommand(), new TrainStepCommand(), new StartCommand(), new KernelsCommand(),
    new EvaluateCommand(), new AnswerCommand(), new GenerateCommand(), new ContinueCommand(),
};
// An interruption is an end like any other, at which servers and folders are given back.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Environment.Exit((int)ExitCode.Interrupted));
using var termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit((int)ExitCode.Interrupted));
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (RunException e)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return (int)e.Code;
}
