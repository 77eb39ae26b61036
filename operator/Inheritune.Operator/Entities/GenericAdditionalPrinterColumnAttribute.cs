namespace Inheritune.Operator.Entities;

/// <summary>A column of <c>kubectl get</c>; columns stand in the order of their attributes. The name is KubeOps'.</summary>
/// <param name="jsonPath">Where the value stands, from the root of the resource.</param>
/// <param name="name">Head of the column.</param>
/// <param name="type">string, integer or date; a date is shown as the time since.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class GenericAdditionalPrinterColumnAttribute(string jsonPath, string name, string type) : Attribute
{
    public string JsonPath { get; } = jsonPath;

    public string Name { get; } = name;

    public string Type { get; } = type;

    /// <summary>What the column shows.</summary>
    public required string Description { get; init; }

    /// <summary>0 for a column that is always there, 1 for one that <c>-o wide</c> adds.</summary>
    public int Priority { get; init; }
}
