using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.Trainer;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>As <see cref="DataIdentityTests"/>, with data and output in a store.</summary>
[Collection(nameof(OneAtATime))]
public sealed class S3DataIdentityTests : IDisposable
{
    private static readonly string[] Diverging = ["--set", "training.steps=1", "--set", "training.learningRate=1e6", "--set", "training.warmupSteps=0"];

    private readonly S3Server _server;
    private readonly Workplace _work = new();
    private readonly Variables _variables;
    private readonly string _place = $"identity-{Guid.NewGuid():n}";

    public S3DataIdentityTests(S3Server server)
    {
        _server = server;
        _variables = server.SetVariables();
        Put("data/größe 1.bin", 1);
        Put("data/b.bin", 2);
        Put("data/val/v.bin", 3);
        Put("copy.bin", 3);
        Put("data/.hidden.bin", 4);
    }

    public void Dispose()
    {
        _variables.Dispose();
        _work.Dispose();
    }

    [Theory, InlineData("data/val/v.bin"), InlineData("data/val"), InlineData("data/val/"), InlineData("copy.bin")]
    public void Validation_data_within_the_dataset_is_left_out_of_training(string validation)
    {
        foreach (var dataset in new[] { "data", "data/" })
        {
            var files = Find(dataset, validation);
            Assert.Equal(["b.bin", "größe 1.bin"], files.Training.Files.Select(file => file.Info.Key));
            Assert.Single(files.LeftOut);
        }

        var error = Assert.Throws<RunException>(() => Find(validation, "data/val/"));
        Assert.Contains("nothing is left to train on", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_in_the_store_of_a_local_file_is_known_by_its_bytes()
    {
        File.Copy(_work.File("data.bin"), _work.File("local.bin"));
        _server.Open(_place).Write("data/l.bin", stream => stream.Write(File.ReadAllBytes(_work.File("local.bin"))));
        using var stores = new StoreFactory(new StorageSpec(), SilentStatus.Instance, TestContext.Current.CancellationToken);
        var files = DatasetFiles.Find(new DatasetSpec { Uri = Uri("data"), ValidationUri = _work.File("local.bin") }, stores);
        Assert.Equal([$"l.bin (the same as {_work.File("local.bin")})"], files.LeftOut);
    }

    [Fact]
    public void Data_that_changed_since_the_run_began_is_refused_with_what_changed()
    {
        Command("run").ShouldFail(ExitCode.Diverged);
        Put("data/b.bin", 2);
        Command("preflight").ShouldSucceed();
        Command("run").ShouldFail(ExitCode.Diverged);
        Put("data/b.bin", 5);
        Put("data/c.bin", 6);
        foreach (var verb in new[] { "run", "preflight" })
            Command(verb).ShouldFail(ExitCode.InvalidInput, "spec.dataset.uri", "has changed since the run began (changed: b.bin; added: c.bin)", "another spec.output.uri");
    }

    [Theory, InlineData("data/out"), InlineData("data"), InlineData("data/val/out/")]
    public void An_output_within_the_data_is_refused(string output)
    {
        foreach (var verb in new[] { "run", "preflight" })
            Command(verb, "--set", $"output.uri={Uri(output)}").ShouldFail(ExitCode.InvalidInput, "spec.output.uri", "lies within spec.dataset.uri", "outside");
    }

    [Fact]
    public void What_an_earlier_run_left_among_the_data_is_no_data()
    {
        _server.Open(_place).Write("data/run/run.json", stream => stream.Write("{\"recipeHash\": \"ab\", \"recipe\": {}}"u8));
        Put("data/run/model/x.bin", 7);
        using var stores = new StoreFactory(new StorageSpec(), SilentStatus.Instance, TestContext.Current.CancellationToken);
        var corpus = Corpus.Training(new DatasetSpec { Uri = Uri("data") }, stores);
        Assert.Equal(["b.bin", "größe 1.bin", "val/v.bin"], corpus.Files.Select(file => file.Info.Key));
        Assert.Equal(["run"], corpus.EarlierRuns);
        Assert.Equal([".hidden.bin"], corpus.PassedOver);
    }

    private string Uri(string name) => _server.Uri($"{_place}/{name}");

    private void Put(string key, int seed) =>
        _server.Open(_place).Write(key, stream => stream.Write([.. Enumerable.Range(0, 1000).SelectMany(i => BitConverter.GetBytes((ushort)(i < 20 ? i : CounterRandom.Below(Workplace.Vocabulary, seed, "data", i))))]));

    private DatasetFiles Find(string dataset, string validation)
    {
        using var stores = new StoreFactory(new StorageSpec(), SilentStatus.Instance, TestContext.Current.CancellationToken);
        return DatasetFiles.Find(new DatasetSpec { Uri = Uri(dataset), ValidationUri = Uri(validation) }, stores);
    }

    private CommandResult Command(string verb, params string[] more) =>
        CommandLine.Run([verb, _work.Manifest, "--device", "cpu", "-o", "json", "--set", $"dataset.uri={Uri("data")}", "--set", $"output.uri={Uri("out")}", .. Diverging, .. more]);
}
