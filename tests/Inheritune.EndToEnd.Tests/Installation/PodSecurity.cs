using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>Kubernetes' pod security standard "restricted", as its documentation states it for Linux; the API server of the tests is too old to know it.</summary>
internal static class PodSecurity
{
    /// <summary>What a pod has that the standard forbids, or lacks that it demands.</summary>
    public static IEnumerable<string> Violations(V1PodSpec pod)
    {
        if (pod.HostNetwork == true || pod.HostPID == true || pod.HostIPC == true) yield return "a namespace of the host";
        foreach (var volume in pod.Volumes ?? [])
            if (volume is { ConfigMap: null, Csi: null, DownwardAPI: null, EmptyDir: null, Ephemeral: null, PersistentVolumeClaim: null, Projected: null, Secret: null }) yield return $"volume {volume.Name}";
        if (pod.SecurityContext?.Sysctls?.Count > 0) yield return "sysctls";
        foreach (var container in pod.Containers.Concat(pod.InitContainers ?? []))
        {
            var (own, common) = (container.SecurityContext, pod.SecurityContext);
            if (own?.Privileged == true) yield return $"{container.Name}: privileged";
            if (own?.AllowPrivilegeEscalation != false) yield return $"{container.Name}: allowPrivilegeEscalation";
            if (own?.Capabilities?.Drop?.Contains("ALL") != true) yield return $"{container.Name}: capabilities.drop";
            if (own?.Capabilities?.Add?.Any(added => added != "NET_BIND_SERVICE") == true) yield return $"{container.Name}: capabilities.add";
            if ((own?.RunAsNonRoot ?? common?.RunAsNonRoot) != true) yield return $"{container.Name}: runAsNonRoot";
            if ((own?.RunAsUser ?? common?.RunAsUser) == 0) yield return $"{container.Name}: runAsUser";
            if ((own?.SeccompProfile ?? common?.SeccompProfile)?.Type is not ("RuntimeDefault" or "Localhost")) yield return $"{container.Name}: seccompProfile";
            if ((own?.ProcMount ?? "Default") != "Default") yield return $"{container.Name}: procMount";
            foreach (var port in container.Ports ?? [])
                if (port.HostPort is > 0) yield return $"{container.Name}: hostPort";
        }
    }
}
