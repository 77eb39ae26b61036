using System.CommandLine;
using Inheritune.Operator.Generate;
using Inheritune.Operator.Hosting;

var root = new RootCommand("Runs InheritRun resources on a Kubernetes cluster (Inheritune, arXiv 2404.08634).") { new RunCommand(), new GenerateCommand() };
// Without a command: run, which is what the image does.
var first = args.FirstOrDefault();
var given = first is null || (first.StartsWith('-') && first is not ("-h" or "-?" or "--help" or "--version")) ? ["run", .. args] : args;
// The host hears of SIGTERM itself and takes the time that it needs; the library's own answer to it is to give up after two seconds.
return await root.Parse(given).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
