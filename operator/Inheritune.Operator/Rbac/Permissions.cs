using k8s.Models;

namespace Inheritune.Operator.Rbac;

/// <summary>
/// What the runtime may do in a cluster; the controllers say themselves what they need. No verb on Secrets: the kubelet mounts them
/// into the trainer's pod by name. No verb on the spec of a run, which belongs to its user.
/// </summary>
[EntityRbac(typeof(Eventsv1Event), Verbs = RbacVerb.Create | RbacVerb.Patch)]
[EntityRbac(typeof(Corev1Event), Verbs = RbacVerb.Create | RbacVerb.Patch)]
// Leader election.
[EntityRbac(typeof(V1Lease), OwnNamespace = true, Verbs = RbacVerb.Create | RbacVerb.Get | RbacVerb.Watch | RbacVerb.Update)]
internal static class Permissions;
