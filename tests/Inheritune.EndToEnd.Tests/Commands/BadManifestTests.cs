using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>Manifests, data and command lines that cannot work.</summary>
[Collection(nameof(OneAtATime))]
public sealed class BadManifestTests : IDisposable
{
    private readonly Workplace _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public void A_missing_manifest_is_refused()
    {
        CommandLine.Run("run", _work.File("nothing.yaml")).ShouldFail(ExitCode.InvalidInput, "nothing.yaml", "no such file", "check the URI");
        CommandLine.Run("run", _work.Path).ShouldFail(ExitCode.InvalidInput, _work.Path, "is a folder");
    }

    [Fact]
    public void An_unknown_field_is_refused_with_a_suggestion()
    {
        _work.Replace("run.yaml", "microBatchSize", "microBatchsSize");
        Refuse("run.yaml:9", "microBatchsSize", "microBatchSize");
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        _work.Replace("run.yaml", "steps: 3", "steps: three");
        _work.Replace("run.yaml", "layers: 2", "layers: 0");
        _work.Replace("run.yaml", "report:", "raport:");
        Refuse("spec.training.steps", "'three'", "spec.inherit.layers", "'0'", "from 1 to 1024", "raport", "report");
    }

    [Theory]
    [InlineData("reference.uri=s3://models/gpt2", "spec.storage.endpoint", "", "AWS_ENDPOINT_URL")]
    [InlineData("dataset.uri=s3://corpora/owt", "spec.storage.endpoint", "", "AWS_ENDPOINT_URL")]
    [InlineData("storage.endpoint=minio:9000", "spec.storage.endpoint", "minio:9000", "http://host:port")]
    [InlineData("storage.endpoint=https://user:secret@minio", "spec.storage.endpoint", "minio", "http://host:port")]
    [InlineData("dataset.uri=nothing.txt", "spec.dataset.uri", "nothing.txt", "no such file")]
    [InlineData("dataset.validationUri=nothing.txt", "spec.dataset.validationUri", "nothing.txt", "no such file")]
    [InlineData("inherit.layers=0", "spec.inherit.layers", "0", "from 1 to 1024")]
    [InlineData("training.sequenceLength=25", "spec.training.sequenceLength", "25", "at most 24")]
    [InlineData("training.warmupSteps=4", "spec.training.warmupSteps", "4", "must not exceed")]
    [InlineData("dataset.maxTokens=10", "spec.dataset.maxTokens", "10", "raise it")]
    [InlineData("dataset.validationTokens=1990", "spec.dataset.validationTokens", "1990", "lower it")]
    [InlineData("training.learningRate=fast", "spec.training.learningRate", "fast", "decimal number")]
    [InlineData("training.stops=3", "training.stops", "", "steps")]
    [InlineData("training.steps", "training.steps", "", "=")]
    public void A_value_that_cannot_work_is_refused_with_field_value_and_remedy(string setting, string field, string value, string remedy) =>
        Refuse(["--set", setting], field, value, remedy);

    [Fact]
    public void A_packed_id_that_the_model_has_not_is_refused_with_its_place()
    {
        var ids = Enumerable.Repeat((ushort)1, 2000).ToArray();
        ids[1234] = Workplace.Vocabulary;
        _work.WritePacked("data.bin", ids);
        Refuse("data.bin", "id 300", "position 1234", "tokenizer");
    }

    [Fact]
    public void A_packed_file_of_odd_size_is_refused()
    {
        _work.Write("data.bin", new byte[2001]);
        Refuse("spec.dataset.tokenType", "UInt16", "2001 bytes", "copy the file again");
    }

    [Theory]
    [InlineData(0, "no tokens")]
    [InlineData(16, "fewer than one sequence")]
    [InlineData(30, "of which 1 would be held out")]
    public void Data_shorter_than_a_sequence_is_refused(int tokens, string said)
    {
        _work.WritePacked("data.bin", new ushort[tokens]);
        Refuse("spec.dataset.uri", said);
    }

    [Theory]
    [InlineData("'train'", "train")]
    [InlineData("'--setting'", "run", "m.yaml", "--setting", "x=1")]
    [InlineData("evaluate --help", "evaluate", "folder")]
    [InlineData("--prompt", "generate", "folder")]
    [InlineData("manifest", "run")]
    [InlineData("from 1 to 1024", "inspect", "folder", "--threads", "0")]
    [InlineData("from 1 to 1024", "inspect", "folder", "--threads", "many")]
    [InlineData("--device: Argument 'tpu' not recognized. Must be one of: 'auto'", "inspect", "folder", "--device", "tpu")]
    [InlineData("--output: 'yaml' must be one of Text, Json", "inspect", "folder", "-o", "yaml")]
    [InlineData("at least 1", "generate", "folder", "--prompt", "a", "--tokens", "-3")]
    [InlineData("--tokens: 'few' must be a whole number", "generate", "folder", "--prompt", "a", "--tokens", "few")]
    [InlineData("must be a number that is not negative", "generate", "folder", "--prompt", "a", "--temperature", "-0.5")]
    [InlineData("--sequence-length", "evaluate", "REFERENCE", "--dataset", "d.txt", "--sequence-length", "0")]
    [InlineData("context of 24", "evaluate", "REFERENCE", "--dataset", "REFERENCE/../data.bin", "--sequence-length", "25")]
    [InlineData("--batch-size", "evaluate", "REFERENCE", "--dataset", "d.txt", "--batch-size", "-1")]
    [InlineData("no such file", "evaluate", "REFERENCE", "--dataset", "/no/such.txt")]
    public void A_command_line_that_cannot_work_is_refused(string said, params string[] arguments) =>
        CommandLine.Run([.. arguments.Select(argument => argument.Replace("REFERENCE", _work.Reference, StringComparison.Ordinal))]).ShouldFail(ExitCode.InvalidInput, said);

    [Fact]
    public void A_GPU_that_is_not_there_is_refused()
    {
        if (TorchSharp.torch.cuda.is_available()) Assert.Skip("this machine has a GPU");
        CommandLine.Run("run", _work.Manifest, "--device", "cuda").ShouldFail(ExitCode.InvalidInput, "--device", "cuda", "--device cpu");
        Assert.False(Directory.Exists(_work.Output));
    }

    private void Refuse(params string[] said) => Refuse([], said);

    private void Refuse(string[] more, params string[] said)
    {
        _work.Run(more).ShouldFail(ExitCode.InvalidInput, said);
        Assert.False(Directory.Exists(_work.Output), "the output folder was made");
    }
}
