using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Inheritune.Api;
using Inheritune.Benchmarks.Storage;
using Inheritune.EndToEnd.Tests;
using Inheritune.Trainer;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Training;
using static TorchSharp.torch;

namespace Inheritune.Benchmarks.Training;

/// <summary>Our training step and PyTorch's, in turns.</summary>
internal sealed class TrainBenchmark(string folder, string program, IReadOnlyList<Side> sides, int threads, TimeSpan patience)
{
    /// <summary>The words of requests and results, as Python has them.</summary>
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new JsonStringEnumConverter() } };

    private const string Peer = "pytorch-peer.sh";

    private static Dictionary<string, string?> PeerEnvironment { get; } = new() { ["INHERITUNE_CACHE"] = OwnCache.OfTheUser };

    /// <summary>Tokens come from so few that a step is seen to have learnt something.</summary>
    private const int UsedVocabulary = 64;

    /// <summary>Makes what the measurements need.</summary>
    public static TrainBenchmark Open(string? program, IReadOnlyList<Side> sides, int threads, TimeSpan patience)
    {
        var folder = Directory.CreateTempSubdirectory("inheritune-benchmark-");
        Machine.AtExit(() => folder.Delete(recursive: true));
        if (sides.Any(side => side != Side.Ours)) Machine.Run(Path.Combine(Checkout.Infrastructure, Peer), ["install-compiler"], PeerEnvironment);
        TorchLoader.Load(SilentStatus.Instance);
        return new TrainBenchmark(folder.FullName, program ?? Published.Publish(folder.FullName), sides, threads, patience);
    }

    /// <summary>Measures and prints.</summary>
    /// <param name="workloads">For the comparison.</param>
    /// <param name="growth">For the cost of a token of ours.</param>
    /// <param name="rounds">Processes of each side.</param>
    /// <param name="write">Into the page too.</param>
    public void Measure(IReadOnlyList<Workload> workloads, IReadOnlyList<Workload> growth, int rounds, bool write)
    {
        var table = new TrainTable(sides, rounds, threads);
        foreach (var workload in workloads)
        {
            var measured = Measure(workload, sides, workload.Rounds(rounds));
            CheckLosses(workload, measured);
            table.Add(workload, measured);
        }

        foreach (var workload in growth) table.AddGrowth(workload, Measure(workload, [Side.Ours], 1, profile: false)[Side.Ours]);
        table.Print(write);
    }

    private Dictionary<Side, Measured> Measure(Workload workload, IReadOnlyList<Side> takingPart, int rounds, bool profile = true)
    {
        var request = Prepare(workload);
        var measured = takingPart.ToDictionary(side => side, _ => new Measured(workload.WarmUp));
        for (var round = 0; round < rounds; round++)
            foreach (var side in round % 2 == 0 ? takingPart : takingPart.Reverse())
            {
                var result = Run(side, request, profile && round == 0);
                measured[side].Add(result);
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{workload} {side}: {1e3 * result.Seconds[workload.WarmUp..].Order().ElementAt((workload.Steps - workload.WarmUp) / 2):F0} ms, {result.Peak / 1e6:F0} MB"));
            }

        return measured;
    }

    /// <summary>Writes weights, batches and the request.</summary>
    private string Prepare(Workload workload)
    {
        var place = Directory.CreateDirectory(Path.Combine(folder, "work")).FullName;
        string In(string name) => Path.Combine(place, name);
        using (var model = Target.Allocate(workload.Config, CPU))
        {
            Target.Fill(model, InheritancePlan.FromScratch(workload.Config), null, 1, SilentStatus.Instance, CancellationToken.None);
            var store = new FileStore(In("model"));
            HuggingFaceExporter.Write(model, null, store, 0, ExportPrecision.Float32, store);
        }

        var (batch, sequence, steps) = (workload.Batch, workload.Sequence, workload.Steps);
        Tokens.Write(In("tokens"), [.. Enumerable.Range(0, 100_000).Select(i => CounterRandom.Below(UsedVocabulary, 1, "tokens", i))]);
        var sampler = new BatchSampler(new Tokens(In("tokens")), sequence, batch, new TrainingSpec().Seed, CPU, steps);
        var batches = new List<long>();
        using (NewDisposeScope())
            for (var i = 0; i < steps; i++)
            {
                var (idsBT, targetsBT) = sampler.Batch(i);
                batches.AddRange(cat([idsBT, targetsBT.narrow(1, sequence - 1, 1)], 1).flatten().data<long>().ToArray());
            }

        Tokens.Write(In("batches"), batches.ToArray());
        var request = new TrainRequest(In("model"), In("tokens"), In("batches"), batch, sequence, steps, workload.Precision, 1e-3, 0.1, 1.0, threads);
        File.WriteAllText(In("request.json"), JsonSerializer.Serialize(request, Json));
        return In("request.json");
    }

    private TrainResult Run(Side side, string request, bool profile)
    {
        Machine.WaitUntilQuiet(patience);
        var cache = Directory.CreateDirectory(Path.Combine(folder, "compiled")).FullName;
        List<string> variables = [$"OMP_NUM_THREADS={threads}", $"OPENBLAS_NUM_THREADS={threads}", $"TORCHINDUCTOR_CACHE_DIR={cache}", Evaluation.Peer.Waiting];
        if (side != Side.Eager) variables.Add($"GLIBC_TUNABLES=glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold={long.MaxValue}:glibc.malloc.top_pad={64 << 20}");
        if (side == Side.Compiled) variables.Add("LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libsleef.so.3");
        var (_, output) = side == Side.Ours
            ? Machine.Run(program, ["train-step", request, .. profile ? ["--profile"] : (string[])[]], Published.Environment)
            : Machine.Run(Path.Combine(Checkout.Infrastructure, Peer),
            [
                "run", "--ro", Path.GetDirectoryName(request)!, "--rw", cache, .. variables.SelectMany(v => new[] { "--env", v }),
                Path.Combine(Checkout.Infrastructure, "peer", "train.py"), request, $"{side}".ToLowerInvariant(),
            ], PeerEnvironment);
        return JsonSerializer.Deserialize<TrainResult>(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], Json)!;
    }

    /// <summary>Whoever computes something else is not compared with.</summary>
    private static void CheckLosses(Workload workload, Dictionary<Side, Measured> measured)
    {
        if (!measured.TryGetValue(Side.Ours, out var ours)) return;
        var tolerance = workload.Precision == ComputePrecision.BFloat16 ? 0.05 : 0.002;
        foreach (var (side, theirs) in measured)
        {
            var difference = theirs.Losses.Zip(ours.Losses, (a, b) => Math.Abs(a - b)).Max();
            if (difference > tolerance)
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{workload}: the losses of {side} differ by up to {difference:G3}:\nours   {string.Join(' ', ours.Losses)}\ntheirs {string.Join(' ', theirs.Losses)}"));
        }
    }
}
