using System.Diagnostics;
using Inheritune.Api;
using Inheritune.Trainer.Runs;

namespace Inheritune.Trainer.Tests.Runs;

/// <summary>Who is alive, and who may follow whom.</summary>
public sealed class OwnershipTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private static readonly RunOwner Owner = new()
    {
        Name = "medium-12", Namespace = "team-a", Uid = "0001", Cluster = "c1", Attempt = 2,
        Host = "medium-12-x", Process = 1, Since = Now, Heartbeat = Now,
    };

    [Theory]
    [InlineData(-60, true)]
    [InlineData(299, true)]
    [InlineData(300, false)]
    public void An_owner_is_alive_for_five_minutes_after_its_last_heartbeat(int seconds, bool isAlive) =>
        Assert.Equal(isAlive, Ownership.IsAlive(Of(Owner), Now.AddSeconds(seconds)));

    [Fact]
    public void A_marker_that_names_no_owner_is_nobodys() => Assert.False(Ownership.IsAlive(Of(null), Now));

    [Fact]
    public void A_process_of_this_machine_that_was_killed_is_gone_at_once()
    {
        using var process = Process.Start("sleep", "600");
        var here = Owner with { Process = process.Id, ProcessPlace = LocalProcess.Of(process.Id) };
        Assert.NotNull(here.ProcessPlace);
        Assert.True(Ownership.IsAlive(Of(here), Now));
        process.Kill();
        process.WaitForExit();
        Assert.False(Ownership.IsAlive(Of(here), Now));
        // Its number says nothing about another machine's.
        Assert.True(Ownership.IsAlive(Of(here with { ProcessPlace = $"another-{here.ProcessPlace}" }), Now));
        Assert.True(Ownership.IsAlive(Of(here with { ProcessPlace = "nonsense" }), Now));
    }

    [Fact]
    public void This_process_is_alive_where_it_holds_an_output_and_not_where_it_has_held_one()
    {
        var self = Owner with { Process = Environment.ProcessId, ProcessPlace = LocalProcess.Place };
        Assert.False(Ownership.IsAlive(Of(self), Now));
        Ownership.Hold("me");
        Assert.True(Ownership.IsAlive(Of(self), Now));
        Ownership.Release("me");
        Assert.False(Ownership.IsAlive(Of(self), Now));
    }

    [Fact]
    public void A_run_follows_itself_with_the_same_or_a_later_attempt_and_nobody_else()
    {
        Assert.True(Ownership.Succeeds(Owner, Owner));
        Assert.True(Ownership.Succeeds(Owner with { Attempt = 3 }, Owner));
        Assert.False(Ownership.Succeeds(Owner with { Attempt = 1 }, Owner));
        Assert.True(Ownership.Succeeds(Owner with { Attempt = 1, Uid = "0002" }, Owner));
        Assert.True(Ownership.Succeeds(Owner with { Cluster = null }, Owner));
        Assert.False(Ownership.Succeeds(Owner with { Cluster = "c2" }, Owner));
        Assert.False(Ownership.Succeeds(Owner with { Namespace = "team-b" }, Owner));
        Assert.False(Ownership.Succeeds(Owner with { Name = "large" }, Owner));
        // On a laptop a name says nothing.
        var local = Owner with { Namespace = null, Uid = null, Cluster = null };
        Assert.False(Ownership.Succeeds(local, local));
    }

    private static RunMarker Of(RunOwner? owner) =>
        new() { Name = "medium-12", RecipeHash = "", Recipe = new InheritRunSpec(), Writer = "me", Owner = owner };
}
