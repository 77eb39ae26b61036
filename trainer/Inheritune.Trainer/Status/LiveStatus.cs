using Spectre.Console;
using Spectre.Console.Rendering;

namespace Inheritune.Trainer.Status;

/// <summary>Bars of Spectre.Console with the lines printed above them. The bars are drawn ten times a second by a timer of Spectre's.</summary>
internal sealed class LiveStatus : IRunStatus, IDisposable
{
    private readonly IAnsiConsole _console;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly HashSet<Stage> _open = [];
    private ProgressContext? _context;
    private TaskCompletionSource _over = new();
    private Task _display = Task.CompletedTask;

    public LiveStatus(TextWriter writer, TimeProvider time)
    {
        _time = time;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(writer),
        });
    }

    public void Info(string message) => Print(new Text(message + "\n"));

    public void Warn(string message) => Print(new Text($"warning: {message}\n", new Style(Color.Yellow)));

    public IStage Begin(string title, double total, string unit)
    {
        lock (_lock)
        {
            if (_open.Count == 0) Show();
            var progress = new StageProgress(title, total, unit, _time);
            var stage = new Stage(this, progress, _context!.AddTask(Markup.Escape(title), maxValue: 1));
            stage.Report(0);
            _open.Add(stage);
            return stage;
        }
    }

    public void Dispose()
    {
        Stage[] left;
        lock (_lock) left = [.. _open];
        foreach (var stage in left) stage.Dispose();
    }

    private void Print(Text text)
    {
        lock (_lock) _console.Write(text);
    }

    /// <summary>Spectre draws while a callback runs; this one runs for as long as any stage is open.</summary>
    private void Show()
    {
        var over = _over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _display = _console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new WordsColumn())
            .StartAsync(context =>
            {
                _context = context;
                return over.Task;
            });
    }

    private void End(Stage stage)
    {
        lock (_lock)
        {
            if (!_open.Remove(stage)) return;
            // A stage within another leaves no bar behind, or a long training would pile up its evaluations.
            if (_open.Count > 0)
            {
                _context!.RemoveTask(stage.Bar);
                return;
            }

            _over.SetResult();
            // The last drawing must be over before anything else is printed.
            _display.GetAwaiter().GetResult();
        }
    }

    private sealed class Stage(LiveStatus status, StageProgress progress, ProgressTask task) : IStage
    {
        public void Report(double done, string detail = "")
        {
            progress.Update(done, detail);
            task.State.Update<Words>(WordsColumn.Key, _ => new Words(progress.Words));
            task.Value = progress.Share;
        }

        public ProgressTask Bar => task;

        public void Dispose()
        {
            task.State.Update<Words>(WordsColumn.Key, _ => new Words($"{progress.Words} | {StageProgress.Clock(progress.Elapsed.TotalSeconds)}"));
            task.StopTask();
            status.End(this);
        }
    }

    /// <summary>What stands beside a bar; Spectre keeps only structs with a task.</summary>
    private readonly record struct Words(string? Text);

    private sealed class WordsColumn : ProgressColumn
    {
        public const string Key = "words";

        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.State.Get<Words>(Key).Text ?? "").Overflow(Overflow.Ellipsis);
    }
}
