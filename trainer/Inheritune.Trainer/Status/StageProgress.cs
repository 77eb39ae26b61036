using System.Globalization;

namespace Inheritune.Trainer.Status;

/// <summary>How far a stage is, and what follows from that: percent, rate and time left.</summary>
internal sealed class StageProgress(string title, double total, string unit, TimeProvider time)
{
    /// <summary>Three hundred years, which is more than is ever waited for, and less than overflows.</summary>
    private const double Longest = 1e10;

    private readonly long _start = time.GetTimestamp();
    private (long Time, double Done)? _first;

    public string Title => title;

    public double Done { get; private set; }

    public string Detail { get; private set; } = "";

    /// <summary>0 to 1; 1 for a stage without work.</summary>
    public double Share => total > 0 ? Math.Clamp(Done / total, 0, 1) : 1;

    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    public string Amount => Text($"{total:#,0.#} {unit}");

    public string Percent => Text($"{Math.Floor(Share * 100)} %");

    /// <summary>The detail that was reported, else the amount, the rate and the time left.</summary>
    public string Words => Detail.Length > 0 ? Detail
        : Rate is not { } rate ? Text($"{Done:#,0.#}/{total:#,0.#} {unit}")
        : Share == 1 ? Text($"{Done:#,0.#}/{total:#,0.#} {unit} | {rate:#,0.#} {unit}/s")
        : Text($"{Done:#,0.#}/{total:#,0.#} {unit} | {rate:#,0.#} {unit}/s | {Clock((total - Done) / rate)} left");

    /// <summary>Measured from the first report, because a resumed stage does not begin at 0.</summary>
    private double? Rate =>
        _first is { } first && Done > first.Done && time.GetElapsedTime(first.Time) is { Ticks: > 0 } span ? (Done - first.Done) / span.TotalSeconds : null;

    public void Update(double done, string detail)
    {
        if (!double.IsFinite(done)) return;
        Done = done;
        Detail = detail;
        _first ??= (time.GetTimestamp(), done);
    }

    /// <summary>A span of time: 1:05, 2:01:05 or 3d 02:01:05.</summary>
    public static string Clock(double seconds)
    {
        var span = TimeSpan.FromSeconds(Math.Min(seconds, Longest));
        return Text(span.Days > 0 ? $"{span.Days}d {span:hh\\:mm\\:ss}" : span.Hours > 0 ? (FormattableString)$"{span:h\\:mm\\:ss}" : $"{span:m\\:ss}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
