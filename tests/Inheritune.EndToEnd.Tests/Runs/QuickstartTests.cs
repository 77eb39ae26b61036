using Inheritune.EndToEnd.Tests.Commands;

namespace Inheritune.EndToEnd.Tests.Runs;

/// <summary>The README's first command, as a newcomer runs it.</summary>
public sealed class QuickstartTests
{
    [Fact]
    public void The_inherited_model_comes_closer_to_the_reference_than_the_random_one()
    {
        using var folder = new TemporaryFolder();
        var result = TrainerProcess.Run(folder.File("cache"), TimeSpan.FromMinutes(10), "quickstart", "--folder", folder.File("quickstart"), "-o", "json");
        result.ShouldSucceed();

        var loss = result.Json.GetProperty("results").EnumerateArray().ToDictionary(row => row.GetProperty("model").GetString()!, row => row.GetProperty("loss").GetDouble());
        Assert.True(loss["target"] < loss["target at step 0"], "training did not help");
        Assert.True(loss["reference"] < loss["target"], "the reference is no mark to reach");
        Assert.True(loss["target"] < loss["target from random weights"] - 0.2, $"inherited {loss["target"]}, random {loss["target from random weights"]}");

        Assert.True(File.Exists(result.Json.GetProperty("reportPath").GetString()));
        Assert.All(result.Json.GetProperty("models").EnumerateArray(), model => Assert.True(File.Exists(Path.Combine(model.GetString()!, "model.safetensors"))));
        Assert.Contains("random initialisation", folder.Text("quickstart/report.html"), StringComparison.Ordinal);
    }
}
