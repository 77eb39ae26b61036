using System.Reflection;
using Inheritune.Api;
using Inheritune.Operator.Rbac;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Generate;

/// <summary>
/// Makes the operator's account and roles out of the attributes <see cref="EntityRbacAttribute"/>, and the roles that let the users of
/// a cluster see and edit runs.
/// </summary>
internal static class RbacGenerator
{
    private const string Name = "inheritune-operator";

    /// <summary>Kustomize and Helm put their own in its place.</summary>
    private const string Namespace = "inheritune-system";

    public static IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Generate()
    {
        var permissions = typeof(RbacGenerator).Assembly.GetTypes().SelectMany(type => type.GetCustomAttributes<EntityRbacAttribute>()).ToLookup(permission => permission.OwnNamespace);
        return
        [
            New<V1ServiceAccount>(Name, Namespace),
            ClusterRole(Name, [], Rules(permissions[false])),
            ClusterRoleBinding(),
            Role(Rules(permissions[true])),
            RoleBinding(),
            ClusterRole("inheritune-view", ["view"], Users("get", "list", "watch")),
            ClusterRole("inheritune-edit", ["edit", "admin"], Users("create", "delete", "deletecollection", "patch", "update")),
        ];
    }

    /// <summary>One rule for each set of verbs within a group, in alphabetical order.</summary>
    private static List<V1PolicyRule> Rules(IEnumerable<EntityRbacAttribute> permissions) =>
    [
        .. from permission in permissions
           let entity = permission.Entity.GetCustomAttribute<KubernetesEntityAttribute>()!
           let resource = permission.Subresource is { } part ? $"{entity.PluralName}/{part}" : entity.PluralName
           group permission.Verbs by (entity.Group, resource) into requests
           let verbs = string.Join(' ', requests.Aggregate((a, b) => a | b).ToString().ToLowerInvariant().Split(", ").Order(StringComparer.Ordinal))
           group requests.Key.resource by (requests.Key.Group, verbs) into rule
           let resources = rule.Order(StringComparer.Ordinal).ToList()
           orderby rule.Key.Group, resources[0]
           select new V1PolicyRule { ApiGroups = [rule.Key.Group], Resources = resources, Verbs = rule.Key.verbs.Split(' ') },
    ];

    private static List<V1PolicyRule> Users(params string[] verbs) =>
        [new() { ApiGroups = [ApiGroup.Name], Resources = [ApiGroup.Plural], Verbs = verbs }];

    /// <param name="name">Its name.</param>
    /// <param name="aggregates">Kubernetes' own roles for users that it adds to.</param>
    /// <param name="rules">What it allows.</param>
    private static V1ClusterRole ClusterRole(string name, string[] aggregates, List<V1PolicyRule> rules)
    {
        var role = New<V1ClusterRole>(name);
        role.Rules = rules;
        foreach (var aggregate in aggregates) role.Metadata.Labels[$"rbac.authorization.k8s.io/aggregate-to-{aggregate}"] = "true";
        return role;
    }

    private static V1Role Role(List<V1PolicyRule> rules)
    {
        var role = New<V1Role>(Name, Namespace);
        role.Rules = rules;
        return role;
    }

    private static V1ClusterRoleBinding ClusterRoleBinding()
    {
        var binding = New<V1ClusterRoleBinding>(Name);
        (binding.RoleRef, binding.Subjects) = (Reference(V1ClusterRole.KubeKind), Account());
        return binding;
    }

    private static V1RoleBinding RoleBinding()
    {
        var binding = New<V1RoleBinding>(Name, Namespace);
        (binding.RoleRef, binding.Subjects) = (Reference(V1Role.KubeKind), Account());
        return binding;
    }

    private static V1RoleRef Reference(string kind) => new() { ApiGroup = V1Role.KubeGroup, Kind = kind, Name = Name };

    private static List<Rbacv1Subject> Account() => [new() { Kind = V1ServiceAccount.KubeKind, Name = Name, NamespaceProperty = Namespace }];

    private static T New<T>(string name, string? space = null)
        where T : IKubernetesObject<V1ObjectMeta>, new()
    {
        var entity = new T { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = space, Labels = new Dictionary<string, string> { ["app.kubernetes.io/name"] = Name } } };
        return entity.Initialize();
    }
}
