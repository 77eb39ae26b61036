using System.Text.Json;
using k8s.Models;

namespace Inheritune.Operator.Runtime;

/// <summary>A page of a list. Its objects are read one by one, so that one that cannot be read does not hide the others.</summary>
internal sealed class ListPage
{
    public V1ListMeta Metadata { get; init; } = new();

    public IReadOnlyList<JsonElement> Items { get; init; } = [];

    /// <summary>Reads a page as it arrives: it may be megabytes, and there are many of them when an operator starts.</summary>
    public static async Task<ListPage> ReadAsync(HttpContent content, CancellationToken stop)
    {
        await using var stream = await content.ReadAsStreamAsync(stop);
        return await JsonSerializer.DeserializeAsync<ListPage>(stream, JsonSerializerOptions.Web, stop) ?? new();
    }
}
