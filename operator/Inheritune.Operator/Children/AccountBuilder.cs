using Inheritune.Api;
using Inheritune.Operator.Entities;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Children;

/// <summary>
/// The account under which a run's pods report: it may patch the status of that run and nothing else. An account of the user's gets that
/// right beside its others.
/// </summary>
internal static class AccountBuilder
{
    private const string Component = "account";

    public static V1ServiceAccount Account(V1Alpha1InheritRun run) => new() { Metadata = Metadata(run), AutomountServiceAccountToken = false };

    public static V1Role Role(V1Alpha1InheritRun run) => new()
    {
        Metadata = Metadata(run),
        Rules = [new() { ApiGroups = [ApiGroup.Name], Resources = [$"{ApiGroup.Plural}/status"], ResourceNames = [run.Name()], Verbs = ["patch"] }],
    };

    public static V1RoleBinding Binding(V1Alpha1InheritRun run) => new()
    {
        Metadata = Metadata(run),
        RoleRef = new() { ApiGroup = V1Role.KubeGroup, Kind = V1Role.KubeKind, Name = ChildNames.Account(run) },
        Subjects = [new() { Kind = V1ServiceAccount.KubeKind, Name = ChildNames.ServiceAccount(run), NamespaceProperty = run.Namespace() }],
    };

    private static V1ObjectMeta Metadata(V1Alpha1InheritRun run) => ChildNames.Metadata(run, ChildNames.Account(run), Component);
}
