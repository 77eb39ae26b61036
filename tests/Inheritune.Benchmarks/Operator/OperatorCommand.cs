using System.CommandLine;

namespace Inheritune.Benchmarks.Operator;

/// <summary><c>operator</c>: what the operator takes and how fast it is, on a real API server.</summary>
internal sealed class OperatorCommand : Command
{
    private static readonly Dictionary<string, Func<BenchmarkOptions, Task>> Scenarios = new()
    {
        ["latency"] = LatencyScenario.RunAsync, ["progress"] = ProgressScenario.RunAsync, ["trouble"] = TroubleScenario.RunAsync,
        ["failover"] = FailoverScenario.RunAsync, ["crash"] = CrashScenario.RunAsync, ["again"] = AgainScenario.RunAsync,
    };

    private readonly Argument<string[]> _scenarios = new("scenario") { Description = "which of them. Default: all", Arity = ArgumentArity.ZeroOrMore };

    private readonly Option<double> _scale = new("--scale") { Description = "share of the full number of runs and repetitions", DefaultValueFactory = _ => 1 };

    public OperatorCommand()
        : base("operator", """
            Measures the operator on a real Kubernetes API server: etcd, API server, controllers and scheduler, all on this machine. The test
            answers for the kubelet, with what a kubelet would write, at once.

            latency   1,000 runs are applied, 20 a second: time from apply to the training Job. All of them end; then, with a new operator, memory
                      and API writes at rest, for these runs and for 2,500 and 5,000
            progress  500 runs report steps, evaluations and checkpoints with the trainer's own reporter: status writes a second, as the API
                      server counts them
            trouble   time from a pod's trouble, such as ImagePullBackOff, to its name in the run's status
            failover  of two operators the leader is killed: time until the other one has made the next run's Job
            crash     the operator is killed 100 times while 200 runs come and go: Jobs made twice, runs lost, runs started again
            again     pods, Jobs and finished runs themselves are deleted, the runs created again: training Jobs and GPU seconds after it

            Uses the cluster that INHERITUNE_TEST_KUBECONFIG names, else builds a control plane as the tests do. Takes about 20 minutes on two cores.
            """)
    {
        _scenarios.AcceptOnlyFromAmong([.. Scenarios.Keys]);
        _scale.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && double.TryParse(token.Value, System.Globalization.CultureInfo.InvariantCulture, out var value) && value is not (> 0 and <= 1))
                result.AddError($"{_scale.Name}: '{value}' must be above 0 and at most 1");
        });
        Add(_scenarios);
        Add(_scale);
        SetAction(async (arguments, _) =>
        {
            var names = arguments.GetValue(_scenarios) is { Length: > 0 } given ? given : [.. Scenarios.Keys];
            BenchmarkOptions.Install();
            foreach (var name in names) await Scenarios[name](new(arguments.GetValue(_scale)));
        });
    }
}
