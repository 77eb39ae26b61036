using System.Diagnostics;

namespace Inheritune.EndToEnd.Tests;

/// <summary>A script of <c>tests/infra</c> that starts and stops a real part.</summary>
internal static class InfrastructureScript
{
    /// <summary>The exit code that says that the part cannot be had here; standard error says why.</summary>
    public const int NotAvailable = 77;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(5);

    public static (int Code, string Output, string Error) Run(string script, params string[] arguments) => Run(script, [], arguments);

    public static (int Code, string Output, string Error) Run(string script, Dictionary<string, string> environment, params string[] arguments)
    {
        using var process = new Process();
        process.StartInfo = new ProcessStartInfo(Path.Combine(Checkout.Infrastructure, script), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        process.StartInfo.Environment["INHERITUNE_CACHE"] = OwnCache.OfTheUser;
        // A test run that is killed leaves nothing behind that runs.
        process.StartInfo.Environment["OWNER"] = $"{Environment.ProcessId}";
        foreach (var (name, value) in environment) process.StartInfo.Environment[name] = value;
        process.Start();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(TimeLimit)) process.Kill(entireProcessTree: true);
        return (process.ExitCode, output.Result, error.Result);
    }

    /// <summary>The lines KEY=VALUE of a script's output.</summary>
    public static Dictionary<string, string> Values(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
}
