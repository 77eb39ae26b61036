using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.EndToEnd.Tests.Storage;

namespace Inheritune.EndToEnd.Tests.Runs;

[Collection(nameof(OneAtATime))]
public sealed class QuickstartTests(QuickstartRun quickstart, S3Server server) : IClassFixture<QuickstartRun>
{
    [Fact]
    public void The_inherited_model_comes_closer_to_the_reference_than_the_random_one()
    {
        var result = quickstart.Result.ShouldSucceed();
        var loss = Losses(result);
        Assert.True(loss["target"] < loss["target at step 0"], "training did not help");
        Assert.True(loss["reference"] < loss["target"], "the reference is no mark to reach");
        Assert.True(loss["target"] < loss["target from random weights"] - 0.2, $"inherited {loss["target"]}, random {loss["target from random weights"]}");

        Assert.True(File.Exists(result.Json.GetProperty("reportPath").GetString()));
        Assert.All(result.Json.GetProperty("models").EnumerateArray(), model => Assert.True(File.Exists(Path.Combine(model.GetString()!, "model.safetensors"))));
        Assert.Contains("random initialisation", File.ReadAllText(Path.Combine(quickstart.Folder, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_manifest_with_everything_in_an_object_store_gives_the_same_numbers()
    {
        var store = server.Open("quickstart");
        foreach (var file in Directory.EnumerateFiles(Checkout.File("trainer/Inheritune.Trainer/Quickstart/reference")).Concat(Directory.EnumerateFiles(Path.Combine(quickstart.Folder, "text"))))
            store.Write(Path.GetFileName(file), stream => stream.Write(File.ReadAllBytes(file)));

        using var variables = server.SetVariables();
        var stored = TrainerProcess.Run(quickstart.Cache, TrainerProcess.Patience, "run", Checkout.File("config/samples/quickstart-inherited.yaml"), "--threads", "2", "-o", "json",
            "--set", $"reference.uri={server.Uri("quickstart")}", "--set", $"dataset.uri={server.Uri("quickstart/train.txt")}", "--set", $"dataset.validationUri={server.Uri("quickstart/validation.txt")}",
            "--set", $"output.uri={server.Uri("quickstart-out")}").ShouldSucceed();

        var (expected, found) = (Losses(quickstart.Result), Losses(stored));
        foreach (var model in new[] { "reference", "target at step 0", "target" }) Assert.Equal(expected[model], found[model]);
        Assert.Equal(server.Uri("quickstart-out/report.html"), stored.Json.GetProperty("reportPath").GetString());
        using var weights = server.Open("quickstart-out").OpenRead("model/model.safetensors");
        Assert.Equal(File.ReadAllBytes(Path.Combine(quickstart.Folder, "inherited", "model", "model.safetensors")), ReadAll(weights));
    }

    private static Dictionary<string, double> Losses(CommandResult result) =>
        result.Json.GetProperty("results").EnumerateArray().ToDictionary(row => row.GetProperty("model").GetString()!, row => row.GetProperty("loss").GetDouble());

    private static byte[] ReadAll(Stream stream)
    {
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return buffer.ToArray();
    }
}
