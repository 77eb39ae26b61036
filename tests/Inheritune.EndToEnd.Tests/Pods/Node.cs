namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>The one node of a cluster: a real kubelet with containerd and runc, run by <c>tests/infra/node.sh</c>.</summary>
internal sealed class Node : IDisposable
{
    /// <summary>Its name; the API server finds the kubelet by it.</summary>
    public const string Name = "localhost";

    private const string Script = "node.sh";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inheritune-node-");
    private readonly Dictionary<string, string> _environment;
    private readonly string _plane;

    /// <param name="plane">Folder of the control plane that it joins.</param>
    /// <param name="lanes">Whose GPUs it offers, and whose stores its pods reach.</param>
    public Node(string plane, IReadOnlyList<PodLane> lanes) => (_plane, _environment) = (plane, new()
    {
        ["GPUS"] = string.Join(" ", lanes.Select(lane => $"{lane.Gpu}=1")), ["SERVICES"] = string.Join(" ", lanes.Select(lane => lane.Service)),
    });

    /// <summary>Adds the images of this checkout; skips the test where they have not been built.</summary>
    public void Import(params string[] images)
    {
        foreach (var image in images) Run("import", HostProgram.Installed("images.sh", image));
    }

    /// <summary>The power fails.</summary>
    public void Crash() => Run("crash");

    /// <summary>The power is on, or back, and then without the pods of before. Skips the test where there cannot be a node.</summary>
    public void Start() => Run("start", _plane);

    /// <summary>Everything stands still, the pods' processes too.</summary>
    public void Pause() => Run("pause");

    /// <summary>Ends <see cref="Pause"/>.</summary>
    public void Resume() => Run("resume");

    /// <summary>The containers of a namespace's pods that run: what containerd has, whatever the API server says.</summary>
    public IEnumerable<string> Containers(string ns)
    {
        var running = Run("ctr", "tasks", "ls").Split('\n').Where(line => line.Contains("RUNNING", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]);
        return Run("ctr", "containers", "ls", "-q", $"labels.\"io.kubernetes.pod.namespace\"=={ns}").Split('\n').Intersect(running);
    }

    public void Dispose()
    {
        InfrastructureScript.Run(Script, "stop", _folder.FullName);
        if (_folder.Exists) _folder.Delete(recursive: true);
    }

    private string Run(string command, params string[] arguments)
    {
        var (code, output, error) = InfrastructureScript.Run(Script, _environment, [command, _folder.FullName, .. arguments]);
        Assert.SkipWhen(code == InfrastructureScript.NotAvailable, error.Trim());
        Assert.True(code == 0, $"{Script} {command} ended with exit code {code}:\n{error}");
        return output;
    }
}
