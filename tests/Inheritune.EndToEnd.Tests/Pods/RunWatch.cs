using System.Diagnostics;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using k8s;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>What <c>kubectl get -w</c> tells of one run, from its first word to its last; it is started anew where the API server was away.</summary>
internal sealed class RunWatch : IDisposable
{
    private readonly Kubectl _kubectl;
    private readonly string _name;
    private readonly List<(DateTimeOffset Time, InheritRunStatus Status)> _seen = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;
    private int _next;

    public RunWatch(Kubectl kubectl, string name)
    {
        (_kubectl, _name) = (kubectl, name);
        _reading = Task.Run(ReadAsync);
    }

    public InheritRunStatus Latest
    {
        get
        {
            lock (_seen) return _seen.Count > 0 ? _seen[^1].Status : new();
        }
    }

    /// <summary>All words of the column STATUS so far, each with its message, without repetitions.</summary>
    public IReadOnlyList<(DateTimeOffset Time, string Reason, string Message)> Words
    {
        get
        {
            lock (_seen)
            {
                List<(DateTimeOffset Time, string Reason, string Message)> words = [];
                foreach (var (time, status) in _seen)
                    if (Summary(status) is { } said && (words.Count == 0 || (words[^1].Reason, words[^1].Message) != (said.Reason, said.Message))) words.Add((time, said.Reason, said.Message));
                return words;
            }
        }
    }

    public static RunCondition? Summary(InheritRunStatus status) => status.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Succeeded);

    /// <summary>Waits until the column STATUS has the word, now or since what was waited for last.</summary>
    public Task<InheritRunStatus> StateAsync(string reason, TimeSpan? limit = null) => UntilAsync(status => Summary(status)?.Reason == reason, reason, limit);

    /// <summary>The next status, from the one that was waited for last, of which the condition holds.</summary>
    public async Task<InheritRunStatus> UntilAsync(Func<InheritRunStatus, bool> condition, string what, TimeSpan? limit = null)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            lock (_seen)
                for (; _next < _seen.Count; _next++)
                    if (condition(_seen[_next].Status)) return _seen[_next].Status;
            Assert.True(Stopwatch.GetElapsedTime(since) < (limit ?? Poll.Limit), $"{_name}: {what} did not come; it said: {string.Join("; ", Words)}; at last its status was {KubernetesJson.Serialize(Latest)}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _reading.GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var start = _kubectl.Command("get", "inheritrun", _name, "-w", "-o", "jsonpath={.status}{\"\\n\"}");
            (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
            using var process = Process.Start(start)!;
            using var end = _stop.Token.Register(() => process.Kill());
            var error = process.StandardError.ReadToEndAsync();
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                if (line.Length == 0) continue;
                lock (_seen) _seen.Add((DateTimeOffset.UtcNow, KubernetesJson.Deserialize<InheritRunStatus>(line)));
            }

            await error;
            await process.WaitForExitAsync();
            await Task.Delay(200, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }
}
