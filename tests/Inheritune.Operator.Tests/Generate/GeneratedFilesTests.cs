using System.CommandLine;
using Inheritune.Operator.Generate;

namespace Inheritune.Operator.Tests.Generate;

/// <summary>The files under <c>config/</c>, and their copies in the chart, are what the generator writes.</summary>
public sealed class GeneratedFilesTests
{
    public static TheoryData<string, string> Files => new()
    {
        { "crd", "config/crd/inheritruns.inheritune.dev.yaml" },
        { "crd", "charts/inheritune-operator/files/inheritruns.inheritune.dev.yaml" },
        { "rbac", "config/rbac/rbac.yaml" },
        { "rbac", "charts/inheritune-operator/files/rbac.yaml" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Checked_in_file_is_what_the_generator_writes(string part, string file)
    {
        var output = Path.GetTempFileName();
        try
        {
            Assert.Equal(0, Generate(part, "--output", output));
            Assert.True(
                File.ReadAllText(output) == File.ReadAllText(Path.Combine(Checkout.Root, file)),
                $"{file} is out of date; run: dotnet run --project operator/Inheritune.Operator -- generate {part} --output {file}");
        }
        finally
        {
            File.Delete(output);
        }
    }

    [Fact]
    public void Crd_has_at_most_150_KB() =>
        Assert.InRange(new FileInfo(Path.Combine(Checkout.Root, "config/crd/inheritruns.inheritune.dev.yaml")).Length, 20 << 10, 150 << 10);

    [Fact]
    public void Operator_may_not_touch_secrets_nor_everything_of_a_kind()
    {
        var text = File.ReadAllText(Path.Combine(Checkout.Root, "config/rbac/rbac.yaml"));
        Assert.DoesNotContain("secret", text);
        Assert.DoesNotContain("*", text);
        Assert.DoesNotContain("escalate", text);
        Assert.Contains("- inheritruns/status\n  verbs:\n  - patch\n", text);
    }

    [Fact]
    public void File_that_cannot_be_written_is_named_and_fails() =>
        Assert.Equal(1, Generate("crd", "--output", "/proc/no/such/folder/crd.yaml"));

    private static int Generate(params string[] arguments) => new GenerateCommand().Parse(arguments).Invoke();
}
