using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Tests.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Native;

[Collection(nameof(RunsAlone))]
public sealed class TensorMemoryTests
{
    /// <summary>By the kernel's own word on whether it was asked for huge pages: <c>hg</c> among the VmFlags of /proc/self/smaps.</summary>
    [Fact]
    public void Large_weights_lie_in_huge_pages_and_small_ones_do_not()
    {
        Assert.SkipUnless(Directory.Exists("/sys/kernel/mm/transparent_hugepage"), "this kernel has no transparent huge pages");
        var config = ModelConfig.From(new ArchitectureSpec { Family = ModelFamily.GPT2, Layers = 1, HiddenSize = 1024, Heads = 16, ContextLength = 64 }, vocabularySize: 256);
        using var model = Target.Allocate(config, CPU);
        Assert.True(IsAsked(model.Parameters["transformer.h.0.mlp.c_fc.weight"]));
        Assert.False(IsAsked(model.Parameters["transformer.ln_f.weight"]));
    }

    [Fact]
    public void Large_tensors_are_taken_from_it_and_given_back_by_whichever_thread()
    {
        using var first = empty(1);
        var before = TensorMemory.Taken;
        var (large, small) = (Enumerable.Range(0, 8).Select(_ => empty(1 << 20)).ToArray(), empty(1 << 10));
        Assert.Equal(before + (8 << 22), TensorMemory.Taken);
        Assert.Equal(8, large.Select(AtenDispatcher.Data).Distinct().Count());
        Parallel.ForEach([.. large, small], tensor => tensor.Dispose());
        Assert.Equal(before, TensorMemory.Taken);
    }

    private static unsafe bool IsAsked(Tensor tensor)
    {
        using var flat = tensor.detach().view(-1);
        fixed (byte* pointer = flat.bytes)
        {
            var middle = (ulong)pointer + (ulong)flat.bytes.Length / 2;
            var within = false;
            foreach (var line in File.ReadLines("/proc/self/smaps"))
            {
                if (line.Split(' ')[0].Split('-') is [var from, var to]) within = Address(from) <= middle && middle < Address(to);
                else if (within && line.StartsWith("VmFlags", StringComparison.Ordinal)) return line.Split(' ').Contains("hg");
            }
        }

        throw new InvalidOperationException("the tensor lies in no mapping");
    }

    private static ulong Address(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
