using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Runs;

public sealed class MemoryTests
{
    [Fact]
    public void A_model_that_no_machine_holds_ends_with_one_clear_error()
    {
        using var folder = new TemporaryFolder();
        var text = folder.Write("text.txt", string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i} ")));
        var manifest = folder.Write("run.yaml", $$"""
            apiVersion: inheritune.dev/v1alpha1
            kind: InheritRun
            metadata: {name: large}
            spec:
              architecture: {family: GPT2, layers: 1024, hiddenSize: 65536, heads: 64}
              dataset: {uri: "{{text}}"}
              output: {uri: "{{folder.File("out")}}"}
              training: {steps: 1, sequenceLength: 64}
            """);
        TrainerProcess.Run(folder.File("cache"), TrainerProcess.Patience, "run", manifest, "--device", "cpu").ShouldFail(ExitCode.InvalidInput, "a tensor of ", " GB does not fit", "take a smaller model");
    }
}
