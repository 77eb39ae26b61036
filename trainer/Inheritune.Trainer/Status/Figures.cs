using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Reporting;

namespace Inheritune.Trainer.Status;

/// <summary>Numbers as the resource has them: text that its patterns match, or null for what no pattern matches.</summary>
internal static class Figures
{
    public static string? Loss(double? nats) => nats is { } value ? Decimal(value, "0.0000") : null;

    public static string? Gap(double nats) => Decimal(nats, "+0.0000;-0.0000;0.0000");

    public static RunLoss? Result(double? nats) =>
        Loss(nats) is { } loss ? new RunLoss { Loss = loss, Perplexity = double.IsFinite(Math.Exp(nats!.Value)) ? Numbers.Perplexity(Math.Exp(nats.Value)) : null } : null;

    public static string Percent(long step, long total) => string.Create(CultureInfo.InvariantCulture, $"{step * 100 / total}%");

    /// <summary>The two largest units, as <c>kubectl get</c> shows an age: 45s, 12m5s, 1h30m, 2d4h.</summary>
    public static string Duration(long seconds)
    {
        (long Count, string Unit)[] parts = [(seconds / 86400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
        var shown = parts.SkipWhile(part => part.Count == 0).Take(2).Where(part => part.Count > 0).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Count}{part.Unit}"));
        return seconds == 0 ? "0s" : string.Concat(shown);
    }

    private static string? Decimal(double value, string format) =>
        !double.IsFinite(value) ? null : value.ToString(Math.Abs(value) < 1e9 ? format : "0.0000e0", CultureInfo.InvariantCulture);
}
