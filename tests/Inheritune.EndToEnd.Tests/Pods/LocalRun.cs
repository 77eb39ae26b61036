using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.EndToEnd.Tests.Storage;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>The manifest of a run in a cluster, run by the trainer's program on this machine, undisturbed; only its output is a local folder.</summary>
internal sealed class LocalRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LocalRun(PodLane lane, string manifest)
    {
        var store = lane.Store;
        using var variables = new Variables(new() { ["AWS_ACCESS_KEY_ID"] = store.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = store.SecretKey });
        Result = TrainerProcess.Run(_folder.File("cache"), TrainerProcess.Patience, "run", _folder.Write("run.yaml", manifest), "-o", "json",
            "--set", $"storage.endpoint={store.Endpoint}", "--set", $"output.uri={Output}");
        Result.ShouldSucceed();
    }

    public CommandResult Result { get; }

    public string Output => _folder.File("out");

    public byte[] Weights => File.ReadAllBytes(Path.Combine(Output, "model/model.safetensors"));

    public void Dispose() => _folder.Dispose();
}
