using System.Globalization;

namespace Inheritune.Benchmarks;

/// <summary>docs/benchmarks.md: each command writes sections of its own and leaves the others as they are.</summary>
internal static class Page
{
    private const string Mark = "## ";

    private static string File { get; } = Checkout.File("docs/benchmarks.md");

    /// <summary>Where figures come from: command, machine, programs.</summary>
    public static string Origin(string command, IEnumerable<string> programs, int rounds)
    {
        var disturbed = Machine.Disturbed == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {Machine.Disturbed} of the processes began while others were at work on the machine.");
        return string.Create(CultureInfo.InvariantCulture,
            $"`dotnet run --project tests/Inheritune.Benchmarks -c Release -- {command} --write` on {DateTime.UtcNow:yyyy-MM-dd}: {Machine.Description}; {string.Join(", ", programs)}; medians of {rounds} rounds, each side a process of its own, in turns.{disturbed}");
    }

    /// <summary>A table of Markdown.</summary>
    public static IEnumerable<string> Table(IReadOnlyList<string> header, IEnumerable<IEnumerable<string>> rows) => [Row(header), Row(header.Select(_ => "---")), .. rows.Select(Row)];

    public static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    /// <summary>The lines of a section, without its title; none where there is no such section.</summary>
    public static IReadOnlyList<string> Section(string title) => Sections().FirstOrDefault(section => section.Title == title).Lines ?? [];

    /// <summary>Replaces a section, or adds it behind the others.</summary>
    public static void Put(string title, IEnumerable<string> lines)
    {
        var sections = Sections();
        var place = sections.FindIndex(section => section.Title == title);
        if (place < 0) sections.Add((title, [.. lines]));
        else sections[place] = (title, [.. lines]);
        var text = sections.SelectMany(section => new[] { "", Mark + section.Title, "" }.Concat(section.Lines));
        System.IO.File.WriteAllLines(File, ["# Benchmarks", "", "Each section says which command writes it; its `--help` says how it measures.", .. text]);
    }

    private static List<(string Title, IReadOnlyList<string> Lines)> Sections()
    {
        var sections = new List<(string Title, IReadOnlyList<string> Lines)>();
        if (!System.IO.File.Exists(File)) return sections;
        var lines = System.IO.File.ReadAllLines(File);
        foreach (var begin in Enumerable.Range(0, lines.Length).Where(i => lines[i].StartsWith(Mark, StringComparison.Ordinal)))
        {
            var body = lines[(begin + 1)..].TakeWhile(line => !line.StartsWith(Mark, StringComparison.Ordinal)).SkipWhile(line => line.Length == 0).ToList();
            sections.Add((lines[begin][Mark.Length..], [.. body[..(body.FindLastIndex(line => line.Length > 0) + 1)]]));
        }

        return sections;
    }
}
