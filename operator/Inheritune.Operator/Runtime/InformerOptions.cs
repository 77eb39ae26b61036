namespace Inheritune.Operator.Runtime;

/// <summary>What an <see cref="Informer{T}"/> follows, and how patiently.</summary>
internal sealed record InformerOptions
{
    /// <summary>Null for all namespaces.</summary>
    public string? Namespace { get; init; }

    public string LabelSelector { get; init; } = "";

    /// <summary>Selects by fields, as far as the kind allows it.</summary>
    public string FieldSelector { get; init; } = "";

    public int PageSize { get; init; } = 200;

    /// <summary>The server ends a watch after this time to twice of it, so that watches of many clients do not end together.</summary>
    public TimeSpan WatchTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A watch without a sign of life for so long is replaced. Servers send bookmarks about once a minute.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(150);

    public Backoff Backoff { get; init; } = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30));
}
