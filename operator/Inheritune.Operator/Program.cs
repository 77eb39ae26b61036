using System.CommandLine;
using Inheritune.Operator.Generate;

var root = new RootCommand("Runs InheritRun resources on a Kubernetes cluster (Inheritune, arXiv 2404.08634).") { new GenerateCommand() };
return root.Parse(args).Invoke();
