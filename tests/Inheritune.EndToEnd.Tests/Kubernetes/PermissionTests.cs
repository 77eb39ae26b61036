using Inheritune.Operator.Runtime;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>What the checked-in roles allow, as a real API server sees it.</summary>
public sealed class PermissionTests(ControlPlane plane)
{
    private const string Operator = "system:serviceaccount:inheritune-system:inheritune-operator";

    [Fact]
    public async Task Operator_and_users_may_do_what_they_need_and_no_more()
    {
        using var client = new ApiClient(plane.Administrator);
        var ns = await plane.CreateNamespaceAsync();
        var kubectl = new Kubectl(plane.Kubeconfig, "inheritune-system");
        var roles = Path.Combine(Checkout.Root, "config/rbac");
        await kubectl.RunAsync("", "create", "namespace", "inheritune-system");
        try
        {
            await kubectl.RunAsync("", "apply", "-k", roles);
            foreach (var user in new[] { "view", "edit" })
                await kubectl.RunAsync("", "create", "rolebinding", user, $"--clusterrole={user}", $"--user={user}", "-n", ns);
            // A controller adds our rules to Kubernetes' own roles.
            await Poll.UntilAsync(() => MayAsync("view", "list", "inheritruns"));
            await Poll.UntilAsync(() => MayAsync("edit", "create", "inheritruns"));

            Assert.False(await MayAsync("view", "create", "inheritruns"));
            Assert.False(await MayAsync("edit", "patch", "inheritruns/status"));
            Assert.True(await MayAsync(Operator, "watch", "inheritruns"));
            Assert.True(await MayAsync(Operator, "patch", "inheritruns/status"));
            Assert.False(await MayAsync(Operator, "patch", "inheritruns"));
            Assert.True(await MayAsync(Operator, "create", "jobs", "batch"));
            Assert.False(await MayAsync(Operator, "patch", "jobs", "batch"));
            Assert.False(await MayAsync(Operator, "create", "pods", ""));
            foreach (var verb in new[] { "get", "list", "watch", "create", "delete" }) Assert.False(await MayAsync(Operator, verb, "secrets", ""));
            Assert.False(await MayAsync(Operator, "update", "leases", "coordination.k8s.io"));
            Assert.True(await MayAsync(Operator, "update", "leases", "coordination.k8s.io", "inheritune-system"));
        }
        finally
        {
            await kubectl.RunAsync("", "delete", "--wait=false", "--ignore-not-found", "-k", roles);
            await kubectl.RunAsync("", "delete", "--wait=false", "namespace", "inheritune-system");
        }

        Task<bool> MayAsync(string user, string verb, string resource, string group = "inheritune.dev", string? within = null) =>
            client.MayAsync(user, verb, group, resource, within ?? ns);
    }
}
