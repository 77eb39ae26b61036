using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.Benchmarks.Storage;

/// <summary><c>push FILE URI</c>, a process of <see cref="StorageBenchmark"/>: writes a file into a folder of the store and prints the seconds.</summary>
internal sealed class PushCommand : Command
{
    private readonly Argument<string> _file = new("file");

    private readonly Argument<string> _uri = new("uri");

    public PushCommand()
        : base("push")
    {
        Hidden = true;
        Add(_file);
        Add(_uri);
        SetAction(arguments => Console.WriteLine(Push(arguments.GetRequiredValue(_file), arguments.GetRequiredValue(_uri)).ToString(CultureInfo.InvariantCulture)));
    }

    private static double Push(string path, string uri)
    {
        var clock = Stopwatch.StartNew();
        using var stores = new StoreFactory(new StorageSpec(), SilentStatus.Instance, CancellationToken.None);
        using var file = File.OpenRead(path);
        stores.OpenOutput(uri, "uri").Write(Path.GetFileName(path), stream => file.CopyTo(stream, 1 << 20));
        return clock.Elapsed.TotalSeconds;
    }
}
