using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Inheritune.EndToEnd.Tests.Kubernetes;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>What a trainer's pod says, followed by <c>kubectl logs -f</c> while it is there: a pod that is gone takes its log along.</summary>
internal sealed partial class PodLog : IDisposable
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;

    public PodLog(Kubectl kubectl, string pod) => _reading = Task.Run(() => ReadAsync(kubectl, pod));

    public IEnumerable<string> Lines => _lines;

    /// <summary>The last step that was done; 0 before the first.</summary>
    public int LastStep => Last(Step());

    /// <summary>The step at which it went on; 0 where it began.</summary>
    public int FirstStep => Last(Continued());

    public void Dispose()
    {
        _stop.Cancel();
        _reading.GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private int Last(Regex what) => _lines.Select(line => what.Match(line)).Where(match => match.Success).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).LastOrDefault();

    private async Task ReadAsync(Kubectl kubectl, string pod)
    {
        // Until its container is there, kubectl ends at once; and it ends with an error, to be called again, where the API server goes away.
        for (var isWhole = false; !_stop.IsCancellationRequested && !isWhole;)
        {
            var start = kubectl.Command("logs", "-f", pod);
            (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
            using var process = Process.Start(start)!;
            using var end = _stop.Token.Register(() => process.Kill());
            var error = process.StandardError.ReadToEndAsync();
            while (await process.StandardOutput.ReadLineAsync() is { } line) _lines.Enqueue(line);
            await error;
            await process.WaitForExitAsync();
            isWhole = process.ExitCode == 0 && !_lines.IsEmpty;
            await Task.Delay(100, CancellationToken.None);
        }
    }

    [GeneratedRegex(@"step (\d+)/\d+ \| loss")]
    private static partial Regex Step();

    [GeneratedRegex(@"Continuing at step (\d+) of")]
    private static partial Regex Continued();
}
