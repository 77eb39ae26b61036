using System.Runtime.InteropServices;
using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>Whether ids and model belong together, as the verbs see it.</summary>
[Collection(nameof(OneAtATime))]
public sealed class PackedDataTests : IDisposable
{
    private readonly Workplace _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public void Ids_of_another_width_are_refused_before_anything_is_written()
    {
        _work.Write("data.bin", MemoryMarshal.AsBytes(Ids().Select(id => (uint)id).ToArray().AsSpan()).ToArray());
        string[] said = ["spec.dataset.tokenType: 'UInt16'", "data.bin", "set UInt32"];
        CommandLine.Run(["preflight", _work.Manifest]).ShouldFail(ExitCode.InvalidInput, said);
        _work.Run().ShouldFail(ExitCode.InvalidInput, said);
        Assert.False(Directory.Exists(_work.Output));
        Evaluate("data.bin").ShouldFail(ExitCode.InvalidInput, said);
        var wide = Evaluate("data.bin", "--token-type", "UInt32").ShouldSucceed();
        _work.WritePacked("narrow.bin", Ids());
        Assert.Equal(Loss(Evaluate("narrow.bin")), Loss(wide));
        _work.Run("--set", "dataset.tokenType=UInt32", "-o", "json").ShouldSucceed();
    }

    [Fact]
    public void A_reference_that_is_surely_wrong_about_the_ids_ends_the_run_unless_told_to_go_on()
    {
        var weights = File.ReadAllBytes(_work.File("reference/model.safetensors"));
        foreach (ref var value in MemoryMarshal.Cast<byte, float>(weights.AsSpan(8 + (int)BitConverter.ToUInt64(weights)))) value *= 4;
        _work.Write("reference/model.safetensors", weights);
        string[] said = ["spec.reference.uri", "blind guessing among 300 ids costs 5.7038", "do not belong to this model", "spec.dataset.tokenType", "spec.evaluation.anyReferenceLoss"];
        _work.Run().ShouldFail(ExitCode.InvalidInput, said);
        _work.Run().ShouldFail(ExitCode.InvalidInput, said);
        Assert.Contains("do not belong to this model", Evaluate("data.bin").ShouldSucceed().Error, StringComparison.Ordinal);
        var result = _work.Run("--set", "evaluation.anyReferenceLoss=true", "-o", "json").ShouldSucceed();
        Assert.Contains("do not belong to this model", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_loss_of_a_run_is_that_of_evaluate_on_the_same_text()
    {
        _work.WritePacked("held-out.bin", Ids().Take(900));
        var run = _work.Run("--set", "dataset.validationUri=" + _work.File("held-out.bin"), "-o", "json").ShouldSucceed();
        var reference = run.Json.GetProperty("results").EnumerateArray().Single(row => row.GetProperty("model").GetString() == "reference").GetProperty("loss").GetDouble();
        Assert.Equal(reference, Loss(Evaluate("held-out.bin", "--sequence-length", "16")), 1e-6);
    }

    [Fact]
    public void Runs_of_other_seeds_and_shapes_have_the_reference_s_loss_of_the_same_text()
    {
        string[] Run(params string[] settings)
        {
            var output = _work.File($"out-{Guid.NewGuid():n}");
            var run = _work.Run(["-o", "json", "--set", "output.uri=" + output, .. settings.SelectMany(setting => new[] { "--set", setting })]).ShouldSucceed();
            return [.. run.Json.GetProperty("results").EnumerateArray().Select(row => $"{row.GetProperty("loss").GetDouble():F5}")];
        }

        var (first, second) = (Run("training.seed=1"), Run("training.seed=2", "dataset.maxTokens=700", "inherit.layers=1", "training.microBatchSize=1"));
        Assert.Equal(first[0], second[0]);
        Assert.NotEqual(first[2], second[2]);
    }

    private static IEnumerable<ushort> Ids() => Enumerable.Range(0, 2000).Select(i => (ushort)CounterRandom.Below(Workplace.Vocabulary, 2, "data", i));

    private CommandResult Evaluate(string name, params string[] more) =>
        CommandLine.Run(["evaluate", _work.Reference, "--dataset", _work.File(name), "--device", "cpu", "-o", "json", .. more]);

    private static double Loss(CommandResult result) => result.ShouldSucceed().Json.GetProperty("loss").GetDouble();
}
