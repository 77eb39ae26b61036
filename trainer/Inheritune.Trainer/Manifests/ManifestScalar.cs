using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Inheritune.Trainer.Manifests;

/// <summary>
/// What plain scalars mean: YAML 1.2's core schema, and the words and numbers of YAML 1.1 that kubectl still reads its way,
/// so that a manifest means the same in both homes.
/// </summary>
internal static partial class ManifestScalar
{
    public static bool IsNull(ScalarNode node) => node.Form == ScalarForm.Plain && node.Text is "" or "~" or "null" or "Null" or "NULL";

    public static bool IsBoolean(ScalarNode node) => node.Form == ScalarForm.Plain && Boolean(node.Text) is not null;

    public static bool IsNumber(ScalarNode node) => node.Form == ScalarForm.Plain && Number().IsMatch(node.Text);

    /// <summary>Reads true or false in any of their forms, such as yes or off. Null when it is neither.</summary>
    public static bool? Boolean(string text) => TrueWord().IsMatch(text) ? true : FalseWord().IsMatch(text) ? false : null;

    /// <summary>Reads a whole number of any size: 1000, 1_000, 0x3e8 or 1e3. Null when it is none.</summary>
    public static BigInteger? WholeNumber(string text)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        if (Hexadecimal().IsMatch(text)) return BigInteger.Parse("0" + digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (LeadingZero().IsMatch(text) || !Number().IsMatch(text)) return null;
        if (BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return whole;
        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsInteger(real) ? new BigInteger(real) : null;
    }

    [GeneratedRegex("^(y|Y|yes|Yes|YES|on|On|ON|true|True|TRUE)$")]
    private static partial Regex TrueWord();

    [GeneratedRegex("^(n|N|no|No|NO|off|Off|OFF|false|False|FALSE)$")]
    private static partial Regex FalseWord();

    [GeneratedRegex(@"^([-+]?([0-9][0-9_]*([.][0-9_]*)?|[.][0-9_]+)([eE][-+]?[0-9]+)?|0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[-+]?[.](inf|Inf|INF)|[.](nan|NaN|NAN))$")]
    private static partial Regex Number();

    [GeneratedRegex("^0x[0-9a-fA-F_]+$")]
    private static partial Regex Hexadecimal();

    /// <summary>017 is 15 to kubectl and 17 to people, so it is refused.</summary>
    [GeneratedRegex("^[-+]?0[0-9_]")]
    private static partial Regex LeadingZero();
}
