namespace Inheritune.Operator.Controllers;

/// <summary>Sentences of others, cut to what the resource allows.</summary>
internal static class Text
{
    public const int LongestMessage = 640, LongestFailure = 1024, LongestWord = 63;

    /// <summary>A word of others, such as OutOfnvidia.com/gpu, without what a reason may not have.</summary>
    public static string Word(string text)
    {
        var word = string.Concat(text.Where(char.IsAsciiLetterOrDigit)).TrimStart([.. "0123456789"]);
        return word.Length == 0 ? "Unknown" : char.ToUpperInvariant(word[0]) + word[1..Math.Min(word.Length, LongestWord)];
    }

    public static string Fit(string text, int longest = LongestMessage)
    {
        if (text.Length <= longest) return text;
        // Not between the two halves of a character.
        var end = char.IsHighSurrogate(text[longest - 2]) ? longest - 2 : longest - 1;
        return text[..end] + '…';
    }
}
