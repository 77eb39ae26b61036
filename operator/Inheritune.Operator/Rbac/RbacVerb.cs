namespace Inheritune.Operator.Rbac;

/// <summary>Verbs of Kubernetes' access control.</summary>
[Flags]
public enum RbacVerb
{
    None = 0,
    Get = 1,
    List = 2,
    Watch = 4,
    Create = 8,
    Update = 16,
    Patch = 32,
    Delete = 64,
}
