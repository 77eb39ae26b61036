using System.CommandLine;
using Inheritune.Api;
using Inheritune.Trainer.Models;

namespace Inheritune.Benchmarks.Training;

/// <summary><c>train</c>: a training step, against PyTorch.</summary>
internal sealed class TrainCommand : Command
{
    private readonly Option<ModelFamily[]> _families = Several("--family", "shapes to measure", Enum.GetValues<ModelFamily>());

    private readonly Option<int[]> _sizes = Several("--size", "sizes to measure, in millions of parameters: 5, 30 or 124", Workload.Sizes);

    private readonly Option<ComputePrecision[]> _precisions = Several("--precision", "number formats of the matrix products", ComputeFormat.HasFastBFloat16 ? Enum.GetValues<ComputePrecision>() : [ComputePrecision.Float32]);

    private readonly Option<Side[]> _sides = Several("--side", "who takes part", Enum.GetValues<Side>());

    private readonly Option<int> _rounds = new("--rounds") { Description = "processes of each side, half as many for models of 124 million; the table shows medians", DefaultValueFactory = _ => 2 };

    private readonly Option<int> _threads = new("--threads") { Description = "CPU threads of either side", DefaultValueFactory = _ => Environment.ProcessorCount };

    private readonly Option<int> _patience = new("--patience") { Description = "seconds to wait for a quiet machine before each process", DefaultValueFactory = _ => 10 };

    private readonly Option<string?> _program = new("--program") { Description = "this program as it was published before, in place of publishing it anew" };

    private readonly Option<bool> _growth = new("--growth") { Description = "measure the cost of a token of ours against model size and sequence length too; part of --write, unless something is left out" };

    private readonly Option<bool> _write = new("--write") { Description = "put the tables into docs/benchmarks.md" };

    public TrainCommand()
        : base("train", """
            Times training steps of GPT-2- and Llama-shaped models, in turns with PyTorch on the same weights and batches.

            Ours is the step of the trainer's own loop. Theirs is plain PyTorch written to be fast (tests/infra/peer/train.py): eager, as nanoGPT
            runs it; tuned, with fused AdamW and a C library that keeps freed memory; compiled, tuned and with torch.compile. Each measurement is
            a process of its own. The losses are compared step by step. Ratios are PyTorch's time by ours, with the lowest and highest of any
            round: above 1 we are faster. The bound is the time that a step's matrix products take, each alone, in our process.

            A processor without AVX-512 measures Float32 only, unless --precision says otherwise: PyTorch's steps in BFloat16 take seconds there.

            Needs root the first time, to make the PyTorch peer (3 GB). The whole table takes 20 to 40 minutes.
            """)
    {
        foreach (var option in new Option[] { _families, _sizes, _precisions, _sides, _rounds, _threads, _patience, _program, _growth, _write }) Add(option);
        _sizes.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => !Workload.Sizes.Any(size => $"{size}" == t.Value))) result.AddError($"--size: '{token.Value}' must be one of {string.Join(", ", Workload.Sizes)}");
        });
        SetAction(arguments =>
        {
            var workloads = from family in arguments.GetRequiredValue(_families)
                            from size in arguments.GetRequiredValue(_sizes)
                            from precision in arguments.GetRequiredValue(_precisions)
                            select new Workload(family, size, precision);
            var benchmark = TrainBenchmark.Open(arguments.GetValue(_program), arguments.GetValue(_sides)!, arguments.GetValue(_threads), TimeSpan.FromSeconds(arguments.GetValue(_patience)));
            var isWhole = arguments.GetValue(_write) && new Option[] { _families, _sizes, _precisions, _sides }.All(option => arguments.GetResult(option) is not { Implicit: false });
            Workload[] growth = isWhole || arguments.GetValue(_growth) ? [.. arguments.GetRequiredValue(_families).SelectMany(Workload.Growth)] : [];
            benchmark.Measure([.. workloads], growth, arguments.GetValue(_rounds), arguments.GetValue(_write));
        });
    }

    private static Option<T[]> Several<T>(string name, string description, T[] all) =>
        new(name) { Description = description, DefaultValueFactory = _ => all, AllowMultipleArgumentsPerToken = true };
}
