using System.Text.RegularExpressions;

namespace Inheritune.Operator.Tests;

/// <summary>Documentation names what is there.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> Pages =>
    [
        "README.md", "CONTRIBUTING.md", "config/samples/README.md", "config/argocd/README.md", "charts/inheritune-operator/README.md",
        .. Directory.GetFiles(Path.Combine(Checkout.Root, "docs"), "*.md").Select(Relative).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_to_files_and_headings(string page)
    {
        foreach (Match link in Link().Matches(Text(page)))
        {
            var (file, heading) = (link.Groups["file"].Value, link.Groups["heading"].Value);
            var target = file.Length == 0 ? page : Relative(Path.GetFullPath(Path.Combine(Checkout.Root, Path.GetDirectoryName(page)!, file)));
            Assert.True(Path.Exists(Path.Combine(Checkout.Root, target)), $"{page} links to {target}, which is not there");
            if (heading.Length == 0) continue;
            var isThere = Heading().Matches(Text(target)).Any(found => Anchor(found.Groups[1].Value) == heading);
            Assert.True(isThere, $"{page} links to {target}#{heading}, which is not there");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Commands_name_files_that_are_there(string page)
    {
        var words = Block().Matches(Text(page)).SelectMany(block => block.Groups[1].Value.Split([' ', '\n', '(', ')', '\'']));
        foreach (var word in words.Where(word => Ours().IsMatch(word)))
            Assert.True(Path.Exists(Path.Combine(Checkout.Root, word)), $"{page} has {word} in a command, which is not there");
    }

    private static string Relative(string path) => Path.GetRelativePath(Checkout.Root, path);

    private static string Text(string page) => File.ReadAllText(Path.Combine(Checkout.Root, page));

    private static string Anchor(string heading) => NoAnchor().Replace(heading.ToLowerInvariant().Replace(' ', '-'), "");

    [GeneratedRegex(@"\]\((?!https?:)(?<file>[^)#\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^```[a-z]*\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^(config|charts|release|operator|trainer|tests)/[-A-Za-z0-9._/]+[A-Za-z0-9]$|^Dockerfile\.[a-z]+$")]
    private static partial Regex Ours();

    [GeneratedRegex("[^a-z0-9_-]")]
    private static partial Regex NoAnchor();
}
