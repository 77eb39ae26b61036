using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;
using static TorchSharp.torch;

namespace Inheritune.Benchmarks.Training;

/// <summary><c>kernels</c>: operators of our own in the first second of a process, and when what they call has been compiled for good.</summary>
internal sealed class KernelsCommand : Command
{
    private const int Rows = 512, Columns = 1536;

    /// <summary>More is another machine code than the one that was measured first.</summary>
    private const double Bound = 2;

    public KernelsCommand()
        : base("kernels", """
            Times SwiGLU and GELU on one thread, forward and back, in the first half second and again after three seconds: the fastest call of each time.

            The runtime compiles what is called often anew while it runs, with what it has seen. Ends with an error where an operator takes twice as
            long then. Takes ten seconds; DOTNET_EnableAVX512=0 measures as on a processor without AVX-512.
            """) => SetAction(_ => Measure());

    private static void Measure()
    {
        TorchLoader.Load(SilentStatus.Instance);
        set_num_threads(1);
        string[] lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"milliseconds of [{Rows}, {Columns}]; {Machine.Description}"), "",
            .. Page.Table(["operator", "at first", "after 3 s"], [Row("SwiGLU", x => SwiGlu.Of(x, x)), Row("GELU", TanhGelu.Of)]),
        ];
        Console.WriteLine(string.Join('\n', lines));
    }

    private static string[] Row(string name, Func<Tensor, Tensor> function)
    {
        var clock = Stopwatch.StartNew();
        var first = Fastest(function, clock, TimeSpan.FromSeconds(0.5));
        Fastest(function, clock, TimeSpan.FromSeconds(3));
        var then = Fastest(function, clock, TimeSpan.FromSeconds(3.5));
        string Text(double milliseconds) => milliseconds.ToString("F2", CultureInfo.InvariantCulture);
        return then < Bound * first ? [name, Text(first), Text(then)] : throw new InvalidOperationException($"{name} takes {Text(first)} ms at first and {Text(then)} ms after three seconds");
    }

    /// <summary>Milliseconds of the fastest call of all until then.</summary>
    private static double Fastest(Func<Tensor, Tensor> function, Stopwatch clock, TimeSpan until)
    {
        var fastest = double.PositiveInfinity;
        do
        {
            using var scope = NewDisposeScope();
            var x = randn(Rows, Columns).requires_grad_();
            var start = clock.Elapsed;
            function(x).sum().backward();
            fastest = Math.Min(fastest, (clock.Elapsed - start).TotalMilliseconds);
        }
        while (clock.Elapsed < until);
        return fastest;
    }
}
