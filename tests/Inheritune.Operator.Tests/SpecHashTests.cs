using Inheritune.Api;

namespace Inheritune.Operator.Tests;

public sealed class SpecHashTests
{
    /// <summary>
    /// Resources in clusters hold this: a change here makes the operator of a later version take every run for changed. A new field with
    /// a default does not change it.
    /// </summary>
    [Fact]
    public void Hash_is_stable() => Assert.StartsWith("sha256:f34eda2f28dd7052c0430ccfe7b26d6d7c9c89aa6d1", SpecHash.Of(Spec()));

    [Fact]
    public void What_may_change_plays_no_part()
    {
        Assert.Equal(SpecHash.Of(Spec()), SpecHash.Of(Spec(suspend: true, ttl: 0, deadlines: new() { ActiveDeadlineSeconds = 1 })));
        Assert.NotEqual(SpecHash.Of(Spec()), SpecHash.Of(Spec(deadlines: new() { StartDeadlineSeconds = 1 })));
    }

    [Fact]
    public void Everything_else_does()
    {
        InheritRunSpec[] specs =
        [
            Spec(), Spec(training: new() { Steps = 11 }), Spec(training: new() { Tokens = 10 }), Spec(training: new() { Steps = 10, LearningRate = "0.0003" }),
            Spec(scheduling: new()), Spec(scheduling: Selecting(("a", "b"), ("c", "d"))), Spec(scheduling: Selecting(("a", "d"), ("c", "b"))),
            Spec(scheduling: new() { Tolerations = [new() { Key = "a" }] }), Spec(scheduling: new() { Tolerations = [new() { Key = "a", Effect = TaintEffect.NoExecute }] }),
        ];
        Assert.Equal(specs.Length, specs.Select(SpecHash.Of).Distinct().Count());
        Assert.Equal(SpecHash.Of(specs[5]), SpecHash.Of(Spec(scheduling: Selecting(("c", "d"), ("a", "b")))));
    }

    private static SchedulingSpec Selecting(params (string Key, string Value)[] labels) => new() { NodeSelector = labels.ToDictionary(label => label.Key, label => label.Value) };

    private static InheritRunSpec Spec(TrainingSpec? training = null, bool suspend = false, int ttl = 604800, DeadlinesSpec? deadlines = null, SchedulingSpec? scheduling = null) => new()
    {
        Reference = new() { Uri = "s3://models/gpt2" },
        Inherit = new() { Layers = 6 },
        Dataset = new() { Uri = "s3://data" },
        Output = new() { Uri = "s3://out" },
        Training = training ?? new() { Steps = 10 },
        Suspend = suspend,
        TtlSecondsAfterFinished = ttl,
        Deadlines = deadlines ?? new(),
        Scheduling = scheduling,
    };
}
