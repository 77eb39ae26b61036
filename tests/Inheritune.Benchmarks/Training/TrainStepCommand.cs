using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Benchmarks.Training;

/// <summary><c>train-step REQUEST</c>, a process of <see cref="TrainBenchmark"/>: trains with the trainer's own step.</summary>
internal sealed class TrainStepCommand : Command
{
    /// <summary>Steps whose operators are timed, which itself takes time.</summary>
    private const int ProfiledSteps = 2;

    private readonly Argument<FileInfo> _request = new("request");

    private readonly Option<bool> _profile = new("--profile") { Description = "say where the time goes, after the steps" };

    public TrainStepCommand()
        : base("train-step")
    {
        Hidden = true;
        Add(_request);
        Add(_profile);
        SetAction(arguments =>
        {
            var request = JsonSerializer.Deserialize<TrainRequest>(File.ReadAllText(arguments.GetRequiredValue(_request).FullName), TrainBenchmark.Json)!;
            Console.WriteLine(JsonSerializer.Serialize(Train(request, arguments.GetValue(_profile)), TrainBenchmark.Json));
        });
    }

    private static TrainResult Train(TrainRequest request, bool profile)
    {
        TorchLoader.Load(SilentStatus.Instance);
        set_num_threads(request.Threads);
        string Decimal(double value) => value.ToString(CultureInfo.InvariantCulture);
        var spec = new TrainingSpec
        {
            MicroBatchSize = request.Batch, WeightDecay = Decimal(request.WeightDecay), GradientClipNorm = Decimal(request.ClipNorm), Precision = request.Precision,
        };
        using var model = Target.Load(Checkpoint.Open(new FileStore(request.Model), "uri"), CPU, SilentStatus.Instance, CancellationToken.None);
        model.Precision = request.Precision;
        using var optimizer = new AdamW(model, spec);
        var sampler = new BatchSampler(new Tokens(request.Tokens), request.Sequence, request.Batch, spec.Seed, CPU, request.Steps);
        var step = new TrainingStep(model, optimizer, sampler, spec);
        var (losses, seconds) = (new double[request.Steps], new double[request.Steps]);
        for (var i = 0; i < request.Steps; i++) (losses[i], seconds[i]) = Step(i);

        var peak = Machine.MemoryOf("VmHWM");
        var result = new TrainResult(losses, seconds, peak, $"inheritune-trainer {Provenance.Version}");
        if (!profile) return result;
        var type = ones(1).For(request.Precision).dtype;
        var products = MatrixProduct.Of(model.Config, (long)request.Batch * request.Sequence).Sum(product => product.Measure(type));
        OperatorTimes.Start();
        var profiled = Enumerable.Range(0, ProfiledSteps).Sum(i => Step(i).Seconds);
        var kinds = OperatorKinds.Take().ToDictionary(kind => kind.Key, kind => kind.Value / ProfiledSteps);
        kinds[TrainTable.OutsideOperators] = profiled / ProfiledSteps - kinds.Values.Sum();
        return result with { Products = products, Kinds = kinds };

        (double Loss, double Seconds) Step(int index)
        {
            var start = Stopwatch.GetTimestamp();
            using var figures = step.Gradients(index, CancellationToken.None);
            step.Update(request.LearningRate, figures);
            return (figures.Read().Loss, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }
}
