using System.Text.RegularExpressions;

namespace Inheritune.Trainer.Reporting;

/// <summary>Puts foreign text into Markdown without it becoming markup.</summary>
internal static partial class Markdown
{
    /// <summary>One line of plain text: markup is escaped, line breaks become spaces.</summary>
    public static string Escape(string text) => Markup().Replace(text.ReplaceLineEndings(" "), @"\$0");

    /// <summary>A fenced code block; the fence is longer than any run of backticks inside.</summary>
    public static string CodeBlock(string language, string code)
    {
        var fence = "```";
        while (code.Contains(fence, StringComparison.Ordinal)) fence += "`";
        return $"{fence}{language}\n{code.TrimEnd()}\n{fence}";
    }

    [GeneratedRegex(@"[\\`*_\[\]<>|#~&]")]
    private static partial Regex Markup();
}
