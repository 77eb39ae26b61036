using System.Globalization;

namespace Inheritune.Trainer.Reporting;

/// <summary>How reports write numbers; the terminal, the HTML page and the model card agree because all ask here.</summary>
public static class Numbers
{
    /// <summary>For what is not there, such as the gap of a run without a reference.</summary>
    public const string None = "–";

    /// <summary>Four decimals: differences between runs show in the third.</summary>
    public static string Loss(double nats) => Invariant(nats, "0.0000");

    public static string Perplexity(double value) => Invariant(value, value < 1e6 ? "0.00" : "0.00e0");

    /// <summary>Difference of two losses, always with its sign.</summary>
    public static string Gap(double nats) => Invariant(nats, "+0.0000;-0.0000;0.0000");

    public static string Percent(double share) => Invariant(share * 100, "0.#") + " %";

    /// <summary>Parameters and tokens: 512, 409.6K, 3.4M, 1.0B.</summary>
    public static string Count(double value)
    {
        // The limits round up where "0.0" would, so that 999,950 is 1.0M and not 1000.0K.
        return Math.Abs(value) switch
        {
            < 999.5 => Invariant(value, "0"),
            < 999_950 => Invariant(value / 1e3, "0.0") + "K",
            < 999_950_000 => Invariant(value / 1e6, "0.0") + "M",
            < 999_950_000_000 => Invariant(value / 1e9, "0.0") + "B",
            _ => Invariant(value / 1e12, "0.0") + "T",
        };
    }

    /// <summary>4.2s, 1m 05s, 2h 03m, 3d 04h.</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds)) return None;
        if (seconds < 59.95) return Invariant(seconds, "0.0") + "s";
        var whole = (long)Math.Round(seconds);
        return whole switch
        {
            < 3600 => Pair(whole / 60, "m", whole % 60, "s"),
            < 86400 => Pair(whole / 3600, "h", whole % 3600 / 60, "m"),
            _ => Pair(whole / 86400, "d", whole % 86400 / 3600, "h"),
        };
    }

    /// <summary>A tick of an axis: 0, 3e-4, 0.25, 12, 1.5K.</summary>
    internal static string Tick(double value) => Math.Abs(value) switch
    {
        0 => "0",
        < 0.001 => Invariant(value, "0.##e0"),
        < 1000 => Invariant(value, "0.####"),
        < 1e6 => Invariant(value / 1e3, "0.##") + "K",
        < 1e9 => Invariant(value / 1e6, "0.##") + "M",
        _ => Invariant(value, "0.##e0"),
    };

    private static string Pair(long major, string majorUnit, long minor, string minorUnit) =>
        string.Create(CultureInfo.InvariantCulture, $"{major}{majorUnit} {minor:00}{minorUnit}");

    private static string Invariant(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
