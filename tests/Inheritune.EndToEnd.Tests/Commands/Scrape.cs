using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>What a trainer answered to Prometheus.</summary>
internal sealed partial class Scrape(string text)
{
    private static readonly HttpClient Http = new();

    public string Text => text;

    /// <summary>Asks where the trainer said that its metrics are.</summary>
    public static async Task<Scrape> OfAsync(string said) => new(await Http.GetStringAsync(new Uri(Address().Match(said).Value), TestContext.Current.CancellationToken));

    /// <summary>Asks there, as a kubelet does, whether the trainer gets on.</summary>
    public static async Task<(HttpStatusCode Code, string Text)> HealthAsync(string said, CancellationToken stop)
    {
        using var answer = await Http.GetAsync(new Uri(new Uri(Address().Match(said).Value), "/healthz"), stop);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(stop));
    }

    /// <summary>The value of a metric of the trainer, labels included in its name; null when it is not shown.</summary>
    public double? this[string name] =>
        text.Split('\n').SingleOrDefault(line => line.StartsWith($"inheritune_trainer_{name} ", StringComparison.Ordinal)) is { } line
            ? double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)
            : null;

    [GeneratedRegex(@"(?<=Metrics are at )\S+")]
    private static partial Regex Address();
}
