using Inheritune.EndToEnd.Tests;
using Inheritune.EndToEnd.Tests.Storage;
using Inheritune.Trainer;

namespace Inheritune.Benchmarks.Storage;

/// <summary>The object store that is measured with, as our program and rclone are told of it.</summary>
internal sealed class ObjectServer
{
    /// <summary>Name of the server in rclone's paths.</summary>
    public const string Remote = "store";

    private readonly Dictionary<string, string?> _ours;
    private readonly Dictionary<string, string?> _rclones;

    private ObjectServer(CephGateway? gateway, string endpoint, string accessKey, string secretKey)
    {
        Name = gateway is null ? endpoint : $"{Machine.Run("radosgw", ["--version"]).Output.Split('(')[0].Trim()}, objects in memory, on this machine";
        _ours = new(Published.Environment) { ["INHERITUNE_S3_CREDENTIALS"] = null, ["AWS_ENDPOINT_URL_S3"] = null, ["AWS_SESSION_TOKEN"] = null, ["AWS_ENDPOINT_URL"] = endpoint, ["AWS_ACCESS_KEY_ID"] = accessKey, ["AWS_SECRET_ACCESS_KEY"] = secretKey };
        _rclones = Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => name.StartsWith("AWS_", StringComparison.Ordinal) || name.StartsWith("RCLONE_", StringComparison.Ordinal)).ToDictionary(name => name, _ => (string?)null);
        foreach (var (setting, value) in new[] { ("TYPE", "s3"), ("PROVIDER", gateway is null ? "Other" : "Ceph"), ("ENDPOINT", endpoint), ("ACCESS_KEY_ID", accessKey), ("SECRET_ACCESS_KEY", secretKey) })
            _rclones[$"RCLONE_CONFIG_{Remote.ToUpperInvariant()}_{setting}"] = value;
        _rclones["RCLONE_CONFIG"] = "/dev/null";
        if (Environment.GetEnvironmentVariable("AWS_CA_BUNDLE") is { Length: > 0 } bundle && gateway is null) _rclones["RCLONE_CA_CERT"] = bundle;
        else _ours["AWS_CA_BUNDLE"] = null;
    }

    public string Name { get; }

    /// <summary>The server of the environment, or one of our own.</summary>
    public static ObjectServer Open()
    {
        Install("rclone.sh");
        string Of(string name) => Environment.GetEnvironmentVariable($"INHERITUNE_TEST_S3_{name}") ?? "";
        if (Of("ENDPOINT").Length > 0) return new ObjectServer(null, Of("ENDPOINT"), Of("ACCESS_KEY"), Of("SECRET_KEY"));

        Install("ceph-rgw.sh");
        // Room for what has been deleted and not yet collected.
        if (Environment.GetEnvironmentVariable("STORE_GIB") is null) Environment.SetEnvironmentVariable("STORE_GIB", "8");
        var gateway = CephGateway.Start();
        Machine.AtExit(gateway.Dispose);
        return new ObjectServer(gateway, gateway.Endpoint.ToString().TrimEnd('/'), gateway.AccessKey, gateway.SecretKey);
    }

    /// <summary>Runs a verb of this program, as it was published.</summary>
    public (double Seconds, string Output) Ours(string program, params IEnumerable<string> arguments) => Machine.Run(program, arguments, _ours);

    /// <summary>Runs rclone.</summary>
    public (double Seconds, string Output) Rclone(params IEnumerable<string> arguments) => Machine.Run("rclone", arguments, _rclones);

    private static void Install(string script) => Machine.Run(Path.Combine(Checkout.Infrastructure, script), ["install"]);
}
