namespace Inheritune.Api;

/// <summary>Leaves a field out of the cluster's schema: it means something only to a run without a cluster. The name is KubeOps'.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class IgnoreAttribute : Attribute;
