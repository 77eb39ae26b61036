using System.Text.Json;
using k8s.Models;

namespace Inheritune.Operator.Runtime;

/// <summary>A page of a list. Its objects are read one by one, so that one that cannot be read does not hide the others.</summary>
internal sealed class ListPage
{
    public V1ListMeta Metadata { get; init; } = new();

    public IReadOnlyList<JsonElement> Items { get; init; } = [];
}
