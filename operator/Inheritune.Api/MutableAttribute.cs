namespace Inheritune.Api;

/// <summary>A field of the spec that may change after the resource was created. All others are the recipe and may not.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MutableAttribute : Attribute;
