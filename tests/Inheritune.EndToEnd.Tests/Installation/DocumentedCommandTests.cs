using System.Text.RegularExpressions;
using Inheritune.EndToEnd.Tests.Kubernetes;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>What the documentation says to type is accepted. No cluster is asked.</summary>
public sealed partial class DocumentedCommandTests
{
    public static TheoryData<string> Pages =>
        ["README.md", "docs/installation.md", "docs/security.md", "charts/inheritune-operator/README.md"];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Helm_and_kustomize_take_what_is_there(string page)
    {
        var commands = Commands(await File.ReadAllTextAsync(Checkout.File(page), TestContext.Current.CancellationToken)).ToArray();
        foreach (var words in commands.Where(words => words is ["helm", "install" or "upgrade", ..]))
        {
            foreach (var version in new[] { 3, 4 })
            {
                var arguments = words[2..].Select(word => word == "charts/inheritune-operator" ? Helm.Chart : word);
                var (code, _, error) = await new Helm(version).TryAsync(["template", .. arguments]);
                Assert.True(code == 0, $"{string.Join(' ', words)}: {error}");
            }
        }

        foreach (var words in commands.Where(words => words[0] == "kubectl" && words.Contains("-k")))
            await new Kubectl("/dev/null", "default").RunAsync("", "kustomize", Checkout.File(words[Array.IndexOf(words, "-k") + 1]));
    }

    /// <summary>The commands of a page, as a shell would split them.</summary>
    private static IEnumerable<string[]> Commands(string page) =>
        from block in Block().Matches(page)
        from line in block.Groups[1].Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        let told = line.Split(" #")[0].Replace("$R", "registry.example/team", StringComparison.Ordinal)
        let words = Word().Matches(told).Select(word => word.Value.Replace("'", "", StringComparison.Ordinal)).ToArray()
        where words.Length > 0
        select words;

    [GeneratedRegex("^```[a-z]*\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"('[^']*'|[^\s'])+")]
    private static partial Regex Word();
}
