namespace Inheritune.Api;

/// <summary>
/// A list whose entries are told apart by one field, so that several writers can each own some (server-side apply). Lists without
/// it are replaced as a whole. The name is KubeOps'.
/// </summary>
/// <param name="keys">Names of the fields as in YAML.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class XListMapKeysAttribute(params string[] keys) : Attribute
{
    public IReadOnlyList<string> Keys { get; } = keys;
}
