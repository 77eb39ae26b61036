namespace Inheritune.Api;


/// <summary>Names under which the resource is registered with a Kubernetes API server.</summary>
public static class ApiGroup
{
    public const string Name = "inheritune.dev";
    public const string Version = "v1alpha1";
    public const string ApiVersion = Name + "/" + Version;
    public const string Kind = "InheritRun";
    public const string Plural = "inheritruns";
    public const string Singular = "inheritrun";
    public const string ShortName = "irun";
    public const string Category = "inheritune";
}
