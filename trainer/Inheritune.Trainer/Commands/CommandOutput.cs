using System.Text.Json;
using System.Text.Json.Serialization;
using Inheritune.Trainer.Native;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Inheritune.Trainer.Commands;

/// <summary>The result of a verb, for people and for programs.</summary>
/// <param name="Document">Becomes the one JSON document of <c>-o json</c>.</param>
/// <param name="Text">What people see.</param>
internal sealed record CommandOutput(object Document, IReadOnlyList<IRenderable> Text)
{
    /// <summary>What a cluster is told.</summary>
    public RunEnding Ending { get; init; } = new("");

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(), new FiniteNumber() },
    };

    /// <summary>Whether what people see is only said of something that stands in files.</summary>
    public bool IsKept { get; init; }

    /// <summary>Writes to standard output.</summary>
    /// <returns>Null, or why it was not written.</returns>
    public string? TryWrite(OutputFormat format) => format == OutputFormat.Json ? TryWriteJson(Document) : Try(() =>
    {
        // Spectre would break the lines of paths to the width of a terminal that is not there.
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200;
        foreach (var part in Text)
        {
            AnsiConsole.Write(part);
            AnsiConsole.WriteLine();
        }
    });

    /// <summary>Writes the one JSON document of <c>-o json</c>.</summary>
    /// <returns>Null, or why it was not written.</returns>
    public static string? TryWriteJson(object document) =>
        StandardStreams.IsOutputBroken() ? "nobody reads it" : Try(() => Console.Out.WriteLine(JsonSerializer.Serialize(document, Json)));

    private static string? Try(Action write)
    {
        try
        {
            write();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    /// <summary>A two-column list of names and values.</summary>
    public static IRenderable List(params IEnumerable<(string Name, string Value)> rows)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var (name, value) in rows) grid.AddRow(new Text(name, new Style(decoration: Decoration.Bold)), new Text(value));
        return grid;
    }
}
