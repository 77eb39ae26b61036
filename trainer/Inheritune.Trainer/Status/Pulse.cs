using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Status;

/// <summary>
/// Passes everything on to another status and knows besides whether the process gets on: the stage that it is in, what holds it up, and when
/// something was done last. Only work counts: a process that hangs falls silent.
/// </summary>
/// <param name="next">Hears everything.</param>
/// <param name="time">The clock.</param>
/// <param name="patience">How long nothing may be done before the process counts as stalled; null: for ever.</param>
internal sealed class Pulse(IRunStatus next, TimeProvider time, TimeSpan? patience = null) : IRunStatus
{
    private const int LongestStage = 64, LongestTrouble = 512;

    private readonly Lock _lock = new();

    // Checkpoints are stored, and requests tried again, on threads of their own.
    private readonly List<StageProgress> _stages = [];
    private readonly List<Hindrance> _hindrances = [];
    private long _beats, _last = time.GetTimestamp();

    /// <summary>How long the operator lets a trainer do nothing; null outside of a pod.</summary>
    public static TimeSpan? PatienceFromEnvironment() =>
        int.TryParse(Environment.GetEnvironmentVariable("INHERITUNE_PROGRESS_TIMEOUT_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <summary>Another stage has begun or one has ended, or what holds the process up has changed.</summary>
    public event Action? Turned;

    /// <summary>Grows with all that is done.</summary>
    public long Beats => Interlocked.Read(ref _beats);

    /// <summary>The innermost stage and what holds the process up, in the words of the resource's status.</summary>
    public RunProgress Standing
    {
        get
        {
            lock (_lock)
            {
                var stage = _stages is [.., var innermost] ? innermost : null;
                return new RunProgress
                {
                    Stage = stage is null ? null : Fit(stage.Title, LongestStage),
                    StagePercent = stage is null ? null : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(stage.Share * 100)}%"),
                    Trouble = _hindrances is [.., var newest] ? Fit(newest.What, LongestTrouble) : null,
                };
            }
        }
    }

    /// <summary>Since when and at what nothing has been done for longer than patience allows; null while the process gets on.</summary>
    public string? Stall
    {
        get
        {
            var silence = time.GetElapsedTime(Interlocked.Read(ref _last));
            if (!(silence > patience)) return null;
            var standing = Standing;
            var place = standing.Stage is { } stage ? $"{stage} ({standing.StagePercent})" : "the trainer";
            return string.Create(CultureInfo.InvariantCulture, $"{place} has not gone on since {WholeSeconds.Text(time.GetUtcNow() - silence)}, for more than {patience.Value.TotalSeconds:0} s");
        }
    }

    public void Info(string message) => next.Info(message);

    public void Warn(string message) => next.Warn(message);

    public void Report(InheritRunStatus news) => next.Report(news);

    public void Report(MetricPoint point) => next.Report(point);

    public void Beat()
    {
        Interlocked.Increment(ref _beats);
        Interlocked.Exchange(ref _last, time.GetTimestamp());
        next.Beat();
    }

    public IStage Begin(string title, double total, string unit)
    {
        var stage = new Stage(this, new StageProgress(title, total, unit, time), next.Begin(title, total, unit));
        Turn(() => _stages.Add(stage.Progress));
        return stage;
    }

    public IDisposable Wait(string what)
    {
        var hindrance = new Hindrance(this, what, next.Wait(what));
        Turn(() => _hindrances.Add(hindrance));
        return hindrance;
    }

    private void Turn(Action change)
    {
        lock (_lock) change();
        Beat();
        Turned?.Invoke();
    }

    private static string Fit(string text, int longest) =>
        text.Length <= longest ? text : text[..(char.IsHighSurrogate(text[longest - 2]) ? longest - 2 : longest - 1)] + "…";

    private sealed class Stage(Pulse pulse, StageProgress progress, IStage shown) : IStage
    {
        private bool _over;

        public StageProgress Progress => progress;

        public void Report(double done, string detail = "")
        {
            var before = progress.Done;
            progress.Update(done, detail);
            if (progress.Done != before) pulse.Beat();
            shown.Report(done, detail);
        }

        public void Dispose()
        {
            if (_over) return;
            _over = true;
            pulse.Turn(() => pulse._stages.Remove(progress));
            shown.Dispose();
        }
    }

    private sealed class Hindrance(Pulse pulse, string what, IDisposable? told) : IDisposable
    {
        public string What => what;

        public void Dispose()
        {
            pulse.Turn(() => pulse._hindrances.Remove(this));
            told?.Dispose();
        }
    }
}
