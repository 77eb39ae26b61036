using Inheritune.Api;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Training;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Training;

public sealed class TrainingCheckpointsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CausalLanguageModel _model = TinyModels.Create(TinyModels.Gpt2(layers: 1));
    private readonly AdamW _optimizer;

    public TrainingCheckpointsTests() => _optimizer = new AdamW(_model, new TrainingSpec());

    public void Dispose()
    {
        _optimizer.Dispose();
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_crash_at_any_point_of_a_save_leaves_a_whole_checkpoint()
    {
        var crashes = 0;
        for (var operations = 0L; ; operations++)
        {
            var folder = new FileStore(_folder.File($"crash-{operations}"));
            SetWeights(1);
            Checkpoints(folder).Save(_model, _optimizer, new TrainingState { Step = 1 });
            SetWeights(2);
            try
            {
                Checkpoints(new CrashingStore(folder, operations), keepLast: 1).Save(_model, _optimizer, new TrainingState { Step = 2 });
                Assert.True(crashes > 50, $"only {crashes} crashes");
                return;
            }
            catch (CrashingStore.CrashException)
            {
                crashes++;
            }

            SetWeights(9);
            var state = Checkpoints(folder).LoadLatest(_model, _optimizer);
            Assert.Contains(state!.Step, new[] { 1, 2 });
            Assert.All(_model.Parameters.Values, p => Assert.Equal(state.Step, p.min().item<float>()));
            Assert.All(_optimizer.State, s => Assert.Equal(10 * state.Step, s.Value.max().item<float>()));

            // And the next save mends what the crash left.
            SetWeights(3);
            Checkpoints(folder, keepLast: 1).Save(_model, _optimizer, new TrainingState { Step = 3 });
            Assert.Equal(3, folder.List("checkpoints/").Count);
        }
    }

    [Fact]
    public void Only_the_last_ones_are_kept()
    {
        var checkpoints = Checkpoints(_folder.Store, keepLast: 2);
        foreach (var step in new[] { 1, 2, 3, 1000 }) checkpoints.Save(_model, _optimizer, new TrainingState { Step = step });
        Assert.Equal(["step-000000003", "step-000001000"], Directory.GetDirectories(_folder.File("checkpoints")).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("checkpoint.json")]
    public void A_checkpoint_with_a_damaged_file_gives_way_to_the_one_before(string file)
    {
        var checkpoints = Checkpoints(_folder.Store, keepLast: 2);
        foreach (var step in new[] { 1, 2 })
        {
            SetWeights(step);
            checkpoints.Save(_model, _optimizer, new TrainingState { Step = step });
        }

        var path = _folder.File($"checkpoints/step-000000002/{file}");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^3]);
        Assert.Equal(1, Checkpoints(_folder.Store).LoadLatest(_model, _optimizer)!.Step);
        Assert.Equal(1, _model.Parameters.Values.First().max().item<float>());
    }

    [Fact]
    public void The_checkpoint_of_another_recipe_is_not_taken()
    {
        Checkpoints(_folder.Store).Save(_model, _optimizer, new TrainingState { Step = 1 });
        Assert.Null(new TrainingCheckpoints(_folder.Store, "another", 2, SilentStatus.Instance).LoadLatest(_model, _optimizer));
    }

    private static TrainingCheckpoints Checkpoints(IObjectStore store, int keepLast = 2) => new(store, "recipe", keepLast, SilentStatus.Instance);

    private void SetWeights(int value)
    {
        using var _ = no_grad();
        foreach (var parameter in _model.Parameters.Values) parameter.fill_(value);
        foreach (var (_, moment) in _optimizer.State) moment.fill_(10 * value);
    }
}
