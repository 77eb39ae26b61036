using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>Permissions for the ServiceAccount of a namespace that may do nothing.</summary>
internal static class Roles
{
    public static async Task GrantAsync(ApiClient client, string ns, string group, string resource, params string[] verbs)
    {
        var metadata = new V1ObjectMeta { Name = $"may-{resource}", NamespaceProperty = ns };
        await client.CreateAsync(
            new V1Role { Metadata = metadata, Rules = [new() { ApiGroups = [group], Resources = [resource], Verbs = verbs }] },
            TestContext.Current.CancellationToken);
        await client.CreateAsync(
            new V1RoleBinding
            {
                Metadata = metadata,
                RoleRef = new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = metadata.Name },
                Subjects = [new() { Kind = "ServiceAccount", Name = "nobody", NamespaceProperty = ns }],
            },
            TestContext.Current.CancellationToken);
    }
}
