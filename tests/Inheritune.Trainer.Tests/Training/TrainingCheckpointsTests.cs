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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_crash_at_any_point_of_a_save_leaves_a_whole_checkpoint(bool behind)
    {
        var crashes = 0;
        for (var operations = 0L; ; operations++)
        {
            var folder = new FileStore(_folder.File($"crash-{behind}-{operations}"));
            Save(Checkpoints(folder), 1, behind);
            try
            {
                Save(Checkpoints(new CrashingStore(folder, operations), keepLast: 1), 2, behind);
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
            Save(Checkpoints(folder, keepLast: 1), 3, behind);
            Assert.Equal(3, folder.List("checkpoints/").Count);
        }
    }

    [Fact]
    public void What_is_written_and_read_is_a_sign_of_life()
    {
        var pulse = new Pulse(SilentStatus.Instance, TimeProvider.System);
        using var checkpoints = new TrainingCheckpoints(_folder.Store, "recipe", 1, pulse);
        checkpoints.Save(_model, _optimizer, new TrainingState { Step = 1 }, wait: true);
        var saved = pulse.Beats;
        // At least one for each tensor, and one more for each file that is read back.
        Assert.True(saved > _model.Parameters.Count + _optimizer.State.Count(), $"{saved}");
        Assert.NotNull(checkpoints.LoadLatest(_model, _optimizer));
        Assert.True(pulse.Beats - saved > _model.Parameters.Count, $"{pulse.Beats - saved}");
    }

    [Fact]
    public void Only_the_last_ones_are_kept()
    {
        var checkpoints = Checkpoints(_folder.Store, keepLast: 2);
        foreach (var step in new[] { 1, 2, 3, 1000 }) Save(checkpoints, step);
        Assert.Equal(["step-000000003", "step-000001000"], Directory.GetDirectories(_folder.File("checkpoints")).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("checkpoint.json")]
    public void A_checkpoint_with_a_damaged_file_gives_way_to_the_one_before(string file)
    {
        var checkpoints = Checkpoints(_folder.Store, keepLast: 2);
        foreach (var step in new[] { 1, 2 }) Save(checkpoints, step);

        var path = _folder.File($"checkpoints/step-000000002/{file}");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^3]);
        Assert.Equal(1, Checkpoints(_folder.Store).LoadLatest(_model, _optimizer)!.Step);
        Assert.Equal(1, _model.Parameters.Values.First().max().item<float>());
    }

    [Fact]
    public void The_checkpoint_of_another_recipe_is_not_taken()
    {
        Save(Checkpoints(_folder.Store), 1);
        Assert.Null(new TrainingCheckpoints(_folder.Store, "another", 2, SilentStatus.Instance).LoadLatest(_model, _optimizer));
    }

    [Fact]
    public void The_training_goes_on_while_its_state_as_it_was_is_written()
    {
        using var gate = new ManualResetEventSlim();
        var store = new GatedStore(_folder.Store, gate);
        using (var checkpoints = Checkpoints(store))
        {
            SetWeights(1);
            checkpoints.Save(_model, _optimizer, new TrainingState { Step = 1 });
            Assert.False(checkpoints.IsReady);
            SetWeights(2);
            gate.Set();
        }

        Assert.Equal(1, Checkpoints(_folder.Store).LoadLatest(_model, _optimizer)!.Step);
        Assert.All(_model.Parameters.Values, p => Assert.Equal(1, p.max().item<float>()));
        Assert.All(_optimizer.State, s => Assert.Equal(10, s.Value.max().item<float>()));
    }

    [Fact]
    public void Without_memory_for_copies_the_training_waits_and_that_is_said_once()
    {
        var status = new Words();
        using var checkpoints = new TrainingCheckpoints(_folder.Store, "recipe", 2, status, memory: () => 256 << 20);
        foreach (var step in new[] { 1, 2 })
        {
            SetWeights(step);
            checkpoints.Save(_model, _optimizer, new TrainingState { Step = step });
            Assert.True(File.Exists(_folder.File($"checkpoints/step-00000000{step}/checkpoint.json")));
        }

        Assert.Contains("MB of memory, and 268.4 MB are free", Assert.Single(status.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_write_that_failed_behind_the_training_ends_it_but_not_its_last_save()
    {
        var store = new GatedStore(_folder.Store, null) { IsFull = true };
        using var checkpoints = Checkpoints(store);
        SetWeights(1);
        checkpoints.Save(_model, _optimizer, new TrainingState { Step = 1 });
        var e = Assert.Throws<RunException>(() => SpinWait.SpinUntil(() => checkpoints.IsReady));
        Assert.Equal(ExitCode.StorageUnavailable, e.Code);
        Assert.Throws<RunException>(() => checkpoints.Save(_model, _optimizer, new TrainingState { Step = 2 }));
        store.IsFull = false;
        checkpoints.Save(_model, _optimizer, new TrainingState { Step = 3 }, wait: true);
        Assert.Equal(3, Checkpoints(_folder.Store).LoadLatest(_model, _optimizer)!.Step);
    }

    [Theory]
    [InlineData(1.5, 2.5, new[] { 1, 3 })]
    [InlineData(0.1, 60, new[] { 1, 2, 3 })]
    public void A_stop_gives_up_what_is_on_its_way_where_there_is_time_for_the_newest_only(double pace, double grace, int[] stored)
    {
        var (mirror, status) = (new SlowMirror(TimeSpan.FromSeconds(pace)), new Words());
        var state = new TrainingState();
        using (var checkpoints = new TrainingCheckpoints(_folder.Store, "recipe", 2, status, mirror, TimeSpan.FromSeconds(grace)))
        {
            foreach (var step in new[] { 1, 2, 3 })
            {
                state.Step = step;
                checkpoints.Save(_model, _optimizer, state, wait: step == 3);
                if (step == 1) SpinWait.SpinUntil(() => checkpoints.IsReady);
            }
        }

        Assert.Equal(stored, mirror.Stored);
        // What is stored elsewhere takes no room here.
        Assert.Empty(_folder.Store.List("checkpoints/"));
        Assert.InRange(state.SaveSeconds, pace, 30);
        Assert.InRange(state.StandstillSeconds, 0.000001, state.SaveSeconds);
        Assert.Equal(grace < 60 ? 1 : 0, status.Warnings.Count);
    }

    private static TrainingCheckpoints Checkpoints(IObjectStore store, int keepLast = 2) => new(store, "recipe", keepLast, SilentStatus.Instance);

    /// <summary>A state whose every weight is the step; behind the training, which goes on.</summary>
    private void Save(TrainingCheckpoints checkpoints, int step, bool behind = true)
    {
        SetWeights(step);
        checkpoints.Save(_model, _optimizer, new TrainingState { Step = step }, wait: !behind);
        SetWeights(77);
        SpinWait.SpinUntil(() => checkpoints.IsReady);
    }

    private void SetWeights(int value)
    {
        using var _ = no_grad();
        foreach (var parameter in _model.Parameters.Values) parameter.fill_(value);
        foreach (var (_, moment) in _optimizer.State) moment.fill_(10 * value);
    }

    /// <summary>A disk that lets nothing through before a gate opens, or that is full.</summary>
    private sealed class GatedStore(FileStore inner, ManualResetEventSlim? gate) : PassingStore(inner)
    {
        public bool IsFull { get; set; }

        public override void Write(string key, Action<Stream> content)
        {
            gate?.Wait();
            if (IsFull) throw FileStore.Translate(key, new IOException("No space left on device"));
            base.Write(key, content);
        }
    }

    private sealed class SlowMirror(TimeSpan pace) : ICheckpointMirror
    {
        public List<int> Stored { get; } = [];

        public void Store(string folder, CheckpointManifest manifest, long begin, CancellationToken abandon)
        {
            if (abandon.WaitHandle.WaitOne(pace)) throw new OperationCanceledException(abandon);
            Stored.Add(manifest.State.Step);
        }
    }

    private sealed class Words : IRunStatus
    {
        public List<string> Warnings { get; } = [];

        public void Info(string message)
        {
        }

        public void Warn(string message) => Warnings.Add(message);

        public IStage Begin(string title, double total, string unit) => SilentStatus.Instance.Begin(title, total, unit);
    }
}
