namespace Inheritune.Api;

/// <summary>A URI that is only read: in a cluster it may also name what <see cref="PodSpec.Data"/> mounts.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MountableAttribute : Attribute;
