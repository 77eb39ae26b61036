using System.Net;
using System.Text.RegularExpressions;

namespace Inheritune.Trainer.Reporting;

/// <summary>Puts foreign text into HTML that also parses as XML.</summary>
internal static partial class Html
{
    /// <summary>Escapes markup; characters that XML forbids, which byte-level models do generate, become U+FFFD.</summary>
    public static string Encode(string text) => WebUtility.HtmlEncode(Forbidden().Replace(text.ReplaceLineEndings("\n"), "\uFFFD"));

    [GeneratedRegex(@"[^\t\n\u0020-\uFFFD]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]")]
    private static partial Regex Forbidden();
}
