using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.Operator.Tests.Runtime;

public sealed class ObjectStoreTests
{
    private readonly ObjectStore<V1ConfigMap> _store = new();

    [Fact]
    public void A_list_tells_what_has_come_changed_and_gone_since_the_last_one()
    {
        Assert.Equal(["+a1", "+b1", "+c1"], Tell(_store.Replace([Map("a"), Map("b"), Map("c")])));
        Assert.Equal(["-b1", "c1>c2", "+d1"], Tell(_store.Replace([Map("a"), Map("c", version: "2"), Map("d")])));
        Assert.Equal(["a", "c", "d"], _store.Select(map => map.Name()).Order());
    }

    [Fact]
    public void An_object_that_was_made_again_under_its_name_is_one_gone_and_one_come()
    {
        _store.Replace([Map("a", uid: "first")]);
        Assert.Equal(["-a1", "+a2"], Tell(_store.Replace([Map("a", version: "2", uid: "second")])));
        Assert.Equal(["-a2", "+a3"], Tell(_store.Set(Map("a", version: "3", uid: "third"))));
    }

    [Fact]
    public void The_deletion_of_an_object_leaves_its_successor()
    {
        _store.Set(Map("a", version: "2", uid: "second"));
        Assert.Empty(_store.Remove(Map("a", uid: "first")));
        Assert.True(_store.TryGet(new("n", "a"), out _));
        Assert.Equal(["-a3"], Tell(_store.Remove(Map("a", version: "3", uid: "second"))));
        Assert.False(_store.TryGet(new("n", "a"), out _));
    }

    [Fact]
    public void The_same_version_again_is_no_change()
    {
        _store.Set(Map("a"));
        Assert.Empty(_store.Set(Map("a")));
        Assert.Empty(_store.Replace([Map("a")]));
    }

    [Fact]
    public void Objects_are_found_by_their_owner_as_long_as_they_name_it()
    {
        _store.Replace([Map("a", owner: "x"), Map("b", owner: "x"), Map("c", owner: "y")]);
        Assert.Equal(["a", "b"], _store.OwnedBy("n", "x").Select(map => map.Name()).Order());
        _store.Set(Map("a", version: "2", owner: "y"));
        _store.Remove(Map("b", owner: "x"));
        Assert.Empty(_store.OwnedBy("n", "x"));
        Assert.Equal(["a", "c"], _store.OwnedBy("n", "y").Select(map => map.Name()).Order());
    }

    [Fact]
    public void Whoever_knows_an_owner_of_another_namespace_does_not_belong_to_it()
    {
        _store.Set(Map("a", owner: "x"));
        _store.Set(Map("forged", owner: "x", ns: "stranger"));
        Assert.Equal(["a"], _store.OwnedBy("n", "x").Select(map => map.Name()));
        _store.Remove(Map("a", owner: "x"));
        Assert.Empty(_store.OwnedBy("n", "x"));
        Assert.Equal(["forged"], _store.OwnedBy("stranger", "x").Select(map => map.Name()));
    }

    [Fact]
    public void What_a_caller_does_to_its_copy_stays_with_the_caller()
    {
        _store.Set(Map("a"));
        Assert.True(_store.TryGet(new("n", "a"), out var copy));
        copy.Data = new Dictionary<string, string> { ["k"] = "v" };
        copy.Metadata.Name = "b";
        Assert.True(_store.TryGet(new("n", "a"), out var other));
        Assert.Null(other.Data);
        Assert.Equal(["a"], _store.Select(map => map.Name()));
    }

    private static V1ConfigMap Map(string name, string version = "1", string? uid = null, string? owner = null, string ns = "n") => new()
    {
        Metadata = new()
        {
            Name = name,
            NamespaceProperty = ns,
            Uid = uid ?? name,
            ResourceVersion = version,
            OwnerReferences = owner is null ? null : [new() { ApiVersion = "v1", Kind = "ConfigMap", Name = owner, Uid = owner }],
        },
    };

    private static IEnumerable<string> Tell(IEnumerable<Change<V1ConfigMap>> changes) => changes.Select(change => change switch
    {
        { Before: null } => $"+{Tell(change.After!)}",
        { After: null } => $"-{Tell(change.Before)}",
        _ => $"{Tell(change.Before)}>{Tell(change.After)}",
    });

    private static string Tell(V1ConfigMap map) => map.Name() + map.ResourceVersion();
}
