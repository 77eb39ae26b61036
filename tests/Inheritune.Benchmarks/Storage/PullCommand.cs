using System.CommandLine;
using System.Diagnostics;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using static TorchSharp.torch;

namespace Inheritune.Benchmarks.Storage;

/// <summary><c>pull URI [--layers N]</c>, a process of <see cref="StorageBenchmark"/>: loads a model or inherits from it, and tells what that took.</summary>
internal sealed class PullCommand : Command
{
    private readonly Argument<string> _uri = new("uri");

    private readonly Option<int?> _layers = new("--layers");

    public PullCommand()
        : base("pull")
    {
        Hidden = true;
        Add(_uri);
        Add(_layers);
        SetAction(arguments => Console.WriteLine(Pull(arguments.GetRequiredValue(_uri), arguments.GetValue(_layers))));
    }

    private static Pulled Pull(string uri, int? layers)
    {
        var clock = Stopwatch.StartNew();
        TorchLoader.Load(SilentStatus.Instance);
        // The library sets itself up for its first tensor.
        empty(1).Dispose();
        var library = clock.Elapsed.TotalSeconds;
        var before = Machine.MemoryOf("VmRSS");
        clock.Restart();
        using var stores = new StoreFactory(new StorageSpec(), SilentStatus.Instance, CancellationToken.None);
        var checkpoint = Checkpoint.Open(stores.Open(uri, "uri"), "uri");
        var plan = layers is { } count ? InheritancePlan.For(checkpoint.Config, new InheritSpec { Layers = count }) : InheritancePlan.Whole(checkpoint.Config);
        using var model = Target.Allocate(plan.Target, CPU);
        var digest = Target.Fill(model, plan, checkpoint, 0, SilentStatus.Instance, CancellationToken.None)!;
        return new Pulled(library, clock.Elapsed.TotalSeconds, checkpoint.HeaderBytes + checkpoint.BytesRead, checkpoint.BytesOf(plan.Inherited), Machine.MemoryOf("VmHWM") - before - sizeof(float) * plan.Target.ParameterCount, digest);
    }
}
