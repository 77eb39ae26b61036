using Inheritune.Api;
using Inheritune.Operator.Controllers;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;

namespace Inheritune.Operator.Tests.Controllers;

/// <summary>Of two runs with one output the one that has begun has it, then the older one.</summary>
public sealed class OutputHoldersTests
{
    [Theory]
    [InlineData("s3://runs/a", "s3://runs/a/", true)]
    [InlineData("s3://runs/a", "s3://runs/a/b", true)]
    [InlineData("s3://runs/a/b", "s3://runs/a", true)]
    [InlineData("s3://runs", "s3://runs/a", true)]
    [InlineData("s3://runs/a", "s3://runs/ab", false)]
    [InlineData("s3://runs/a", "s3://run/a", false)]
    public void Outputs_are_the_same_where_one_is_within_the_other(string older, string younger, bool held) =>
        Assert.Equal(held ? "ns-1/older" : null, Holder(Run("younger", 2, younger), Run("older", 1, older)));

    [Theory]
    [InlineData("https://minio.example:9000", "https://MINIO.example:9000/", true)]
    [InlineData("https://minio.example:9000", "https://other.example:9000", false)]
    [InlineData("https://minio.example:9000", null, false)]
    [InlineData(null, null, true)]
    public void Outputs_of_two_servers_are_two(string? first, string? second, bool held) =>
        Assert.Equal(held, Holder(Run("younger", 2, "s3://runs/a", endpoint: second), Run("older", 1, "s3://runs/a", endpoint: first)) is not null);

    [Fact]
    public void Run_that_has_begun_comes_before_an_older_one_and_who_has_ended_or_is_paused_before_its_begin_holds_nothing()
    {
        const string Place = "s3://runs/a";
        var begun = new InheritRunStatus { Job = new() { Name = "x" } };
        var ended = new InheritRunStatus { Job = new() { Name = "x" }, Conditions = [Some.Condition(ConditionTypes.Succeeded, ConditionStatus.False)] };
        var mine = Run("mine", 5, Place);
        Assert.Null(Holder(mine, mine));
        Assert.Null(Holder(mine, Run("younger", 6, Place)));
        Assert.Equal("ns-6/younger", Holder(mine, Run("younger", 6, Place, begun), Run("older", 4, Place)));
        Assert.Null(Holder(Run("mine", 5, Place, begun), Run("older", 4, Place)));
        Assert.Null(Holder(mine, Run("ended", 1, Place, ended), Run("paused", 2, Place, suspended: true)));
        Assert.Equal("ns-2/paused", Holder(mine, Run("paused", 2, Place, begun, suspended: true)));
        // Made in one second: their names decide, so that one of them has it.
        Assert.Equal("ns-5/a", Holder(mine, Run("a", 5, Place)));
        Assert.Null(Holder(mine, Run("z", 5, Place)));
    }

    private static string? Holder(V1Alpha1InheritRun mine, params V1Alpha1InheritRun[] runs)
    {
        var holders = new OutputHolders();
        // Each in a namespace with a watch of its own.
        foreach (var run in runs)
        {
            var store = new ObjectStore<V1Alpha1InheritRun>();
            store.Set(run);
            holders.Add(store);
        }

        return holders.Of(mine)?.ToString();
    }

    private static V1Alpha1InheritRun Run(string name, int created, string output, InheritRunStatus? status = null, bool suspended = false, string? endpoint = null) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = $"ns-{created}", Uid = name, ResourceVersion = "1", CreationTimestamp = Some.At(created).UtcDateTime },
        Spec = new() { Output = new() { Uri = output }, Storage = new() { Endpoint = endpoint }, Suspend = suspended },
        Status = status,
    };
}
