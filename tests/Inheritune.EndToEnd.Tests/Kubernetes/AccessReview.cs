using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>Asks an API server who may do what.</summary>
internal static class AccessReview
{
    /// <param name="client">An administrator's.</param>
    /// <param name="ns">Where; null for all namespaces.</param>
    /// <param name="resource">With its part, if any: <c>inheritruns/status</c>.</param>
    public static async Task<bool> MayAsync(this IKubernetes client, string user, string verb, string group, string resource, string? ns)
    {
        var parts = resource.Split('/');
        var attributes = new V1ResourceAttributes { Verb = verb, Resource = parts[0], Subresource = parts.ElementAtOrDefault(1), Group = group, NamespaceProperty = ns };
        var review = new V1SubjectAccessReview { Spec = new V1SubjectAccessReviewSpec { User = user, ResourceAttributes = attributes } };
        return (await client.AuthorizationV1.CreateSubjectAccessReviewAsync(review, cancellationToken: TestContext.Current.CancellationToken)).Status.Allowed;
    }
}
