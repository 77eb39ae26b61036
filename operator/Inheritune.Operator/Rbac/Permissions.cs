using Inheritune.Operator.Entities;
using k8s.Models;

namespace Inheritune.Operator.Rbac;

/// <summary>
/// All that the operator may do in a cluster. No verb on Secrets: the kubelet mounts them into the trainer's pod by name. No verb on
/// the spec of a run, which belongs to its user.
/// </summary>
[EntityRbac(typeof(V1Alpha1InheritRun), Verbs = RbacVerb.Get | RbacVerb.List | RbacVerb.Watch)]
[EntityRbac(typeof(V1Alpha1InheritRun), Subresource = "status", Verbs = RbacVerb.Patch)]
[EntityRbac(typeof(V1Job), Verbs = RbacVerb.Create | RbacVerb.Get | RbacVerb.List | RbacVerb.Watch | RbacVerb.Delete)]
[EntityRbac(typeof(V1Pod), Verbs = RbacVerb.Get | RbacVerb.List | RbacVerb.Watch)]
[EntityRbac(typeof(Eventsv1Event), Verbs = RbacVerb.Create | RbacVerb.Patch)]
[EntityRbac(typeof(Corev1Event), Verbs = RbacVerb.Create | RbacVerb.Patch)]
// Each run has an account of its own, which may patch the status of that run and nothing else.
[EntityRbac(typeof(V1ServiceAccount), Verbs = RbacVerb.Create | RbacVerb.Delete)]
[EntityRbac(typeof(V1Role), Verbs = RbacVerb.Create | RbacVerb.Delete)]
[EntityRbac(typeof(V1RoleBinding), Verbs = RbacVerb.Create | RbacVerb.Delete)]
// Leader election.
[EntityRbac(typeof(V1Lease), OwnNamespace = true, Verbs = RbacVerb.Create | RbacVerb.Get | RbacVerb.Update)]
internal static class Permissions;
