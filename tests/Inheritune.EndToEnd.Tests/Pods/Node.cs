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
    /// <param name="services">Addresses in pods that stand for ports of this machine's loopback, such as 10.96.0.2:80=9000.</param>
    public Node(string plane, string services) => (_plane, _environment) = (plane, new() { ["SERVICES"] = services });

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

    /// <summary>Images and, below each, containers that run: what containerd has, whatever the API server says.</summary>
    public int Tasks() => Run("ctr", "tasks", "ls").Split('\n').Count(line => line.Contains("RUNNING", StringComparison.Ordinal));

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
