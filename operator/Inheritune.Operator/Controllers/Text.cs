namespace Inheritune.Operator.Controllers;

/// <summary>Sentences of others, cut to what the resource allows.</summary>
internal static class Text
{
    public const int LongestMessage = 768, LongestFailure = 1024;

    public static string Fit(string text, int longest = LongestMessage)
    {
        if (text.Length <= longest) return text;
        // Not between the two halves of a character.
        var end = char.IsHighSurrogate(text[longest - 2]) ? longest - 2 : longest - 1;
        return text[..end] + '…';
    }
}
