using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>The built program as a process of its own, with a cache of its own and a time limit.</summary>
internal sealed partial class TrainerProcess : IDisposable
{
    public const int Terminate = 15;

    /// <summary>Limit for what takes minutes on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private static readonly string Assembly = Checkout.Program("trainer/Inheritune.Trainer", "inheritune-trainer");

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process = new();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private TrainerProcess(string cache, string file, IEnumerable<string> arguments)
    {
        _process.StartInfo = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process.StartInfo.Environment["INHERITUNE_CACHE"] = cache;
        _process.StartInfo.Environment["NO_COLOR"] = "1";
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>What standard error has said so far.</summary>
    public string ErrorSoFar => Read(_error);

    /// <summary>Starts the program.</summary>
    /// <param name="cache">Folder of the token cache.</param>
    /// <param name="arguments">The command line.</param>
    public static TrainerProcess Start(string cache, params string[] arguments) => new(cache, "dotnet", [Assembly, .. arguments]);

    /// <summary>Runs the program to its end.</summary>
    public static CommandResult Run(string cache, params string[] arguments) => Run(cache, TimeLimit, arguments);

    /// <summary>Runs the program to its end, which may take this long.</summary>
    public static CommandResult Run(string cache, TimeSpan limit, params string[] arguments)
    {
        using var process = Start(cache, arguments);
        return process.Wait(limit);
    }

    /// <summary>Runs a shell script, in which <c>trainer</c> is the program and <c>$1</c>, <c>$2</c>... are <paramref name="arguments"/>.</summary>
    public static CommandResult RunInShell(string cache, string script, params string[] arguments)
    {
        using var process = new TrainerProcess(cache, "sh", ["-c", $"trainer() {{ dotnet '{Assembly}' \"$@\"; }}\n{script}", "sh", .. arguments]);
        return process.Wait();
    }

    /// <summary>
    /// Runs a shell script in a mount namespace of its own, where it may mount file systems that vanish with it. In the script
    /// <c>trainer</c> is the program and <c>$1</c>, <c>$2</c>... are <paramref name="arguments"/>. Skips where the kernel forbids it.
    /// </summary>
    public static CommandResult RunWithMounts(string cache, string script, params string[] arguments)
    {
        string[][] ways = [["-m"], ["-Urm"]];
        var way = Array.Find(ways, way => new TrainerProcess(cache, "unshare", [.. way, "sh", "-c", $"mount -t tmpfs tmpfs {cache}"]).Wait().Code == 0);
        if (way is null) Assert.Skip("neither root nor an unprivileged user may mount a tmpfs in a namespace of its own here (unshare -m, unshare -Urm)");
        using var process = new TrainerProcess(cache, "unshare", [.. way, "sh", "-c", $"trainer() {{ dotnet '{Assembly}' \"$@\"; }}\n{script}", "sh", .. arguments]);
        return process.Wait();
    }

    /// <summary>Waits until a line of standard error contains a text.</summary>
    public void WaitFor(string text)
    {
        var seen = SpinWait.SpinUntil(() => _process.HasExited || Read(_error).Contains(text, StringComparison.Ordinal), TimeLimit);
        Assert.True(seen && Read(_error).Contains(text, StringComparison.Ordinal), $"'{text}' was not said:\n{Read(_error)}");
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(int number) => Assert.Equal(0, Kill(_process.Id, number));

    public CommandResult Wait() => Wait(TimeLimit);

    public CommandResult Wait(TimeSpan limit)
    {
        Assert.True(_process.WaitForExit(limit), $"still running after {limit}:\n{Read(_error)}");
        // Only this overload waits for the pipes' last lines.
        _process.WaitForExit();
        return new CommandResult(_process.ExitCode, Read(_output), Read(_error));
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
            if (line is not null) text.Append(line).Append('\n');
    }

    private static string Read(StringBuilder text)
    {
        lock (text) return text.ToString();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
