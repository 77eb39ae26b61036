#!/usr/bin/env bash
# A real node for a control plane of kubernetes.sh: containerd, runc and kubelet, with every file of it under one directory. It offers
# GPUs, of which it has none: what counts is who holds them. One per machine; root, and cgroups of version 1.
# Exit code 77, with one line that says why: it cannot be had here.
#
#   node.sh install              unpacks Debian's packages, once (45 MB, 200 MB unpacked); the kubelet is kubernetes.sh's
#   node.sh start DIR PLANE      adds a node called localhost to the control plane whose directory is PLANE, or starts what is not running
#   node.sh stop DIR             ends all pods, stops the node and deletes DIR
#   node.sh pause DIR | resume DIR   the whole node stands still, its pods too, and goes on
#   node.sh crash DIR            SIGKILL to everything, as when the power fails; `start` brings the node back, without its pods
#   node.sh import DIR FILE...   adds images, archives as `docker save` makes them
#   node.sh ctr DIR ARG...       containerd's own program
#   node.sh status DIR
#
# What kube-proxy would do, for services outside the cluster, too: in a pod 10.96.0.1:443 is the API server, so that in-cluster
# configuration works, and SERVICES="10.96.0.2:80=PORT ..." adds further ones, each a port of the host's loopback.
#
# GPUS: what it offers (default "nvidia.com/gpu=1"; slices have names of their own, such as nvidia.com/mig-3g.40gb=1). OWNER: a process that it ends with. INHERITUNE_CACHE: where the programs are kept (default ~/.cache/inheritune).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
base=${INHERITUNE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inheritune}
cache=$base/node
programs=$base/kubernetes/control-plane/bin
tool=node
. "$here/daemons.sh"
. "$here/debian.sh"

PACKAGES="containerd runc containernetworking-plugins nftables libnftables1 libnftnl11 libmnl0 libedit2 libjansson4 libgmp10
    libxtables12 libseccomp2 libbsd0 libmd0 libtinfo6"
GATEWAY=10.244.0.1 API=10.96.0.1
# What the kubelet and its bridge set for the whole machine.
SYSCTLS="vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops net/ipv4/ip_forward"

unavailable() { echo "Kubernetes node not available: $1" >&2; exit 77; }

usable() {
  [ "$(id -u)" = 0 ] || unavailable "it needs root"
  [ -d /sys/fs/cgroup/memory ] || unavailable "its kubelet needs cgroups of version 1"
  [ -x "$programs/kubelet" ] && [ -x "$programs/pause" ] || unavailable "kubelet is missing; run tests/infra/kubernetes.sh install"
}

cmd_install() {
  usable
  [ "$(cat "$cache/packages" 2>/dev/null)" != "$PACKAGES" ] || return 0
  mkdir -p "$base"
  exec 8>"$cache.lock"; flock 8
  rm -rf "$cache" "$cache.partial"
  # A child of its own, because bash ignores set -e inside an "||" list.
  bash "$0" unpack "$cache.partial" >"$cache.log" 2>&1 </dev/null || unavailable "Debian's packages could not be unpacked (log: $cache.log): $(tail -n1 "$cache.log")"
  mv "$cache.partial" "$cache"
  echo "$PACKAGES" >"$cache/packages"
}

use_programs() { export PATH=$cache/usr/bin:$cache/usr/sbin:$PATH LD_LIBRARY_PATH=$cache/usr/lib/x86_64-linux-gnu; }
ctr() { "$cache/usr/bin/ctr" -a "$D/containerd.sock" -n k8s.io "$@"; }
C() { curl -sS --noproxy '*' -m 10 --cacert "$P/ca.crt" --cert "$P/admin.crt" --key "$P/admin.key" "$@"; }
set_kernel() { echo "$2" >"/proc/sys/$1"; } # name value

cmd_start() {
  [ $# = 2 ] || die "usage: $0 start DIR PLANE"
  usable
  [ -d "$cache" ] || unavailable "not installed; run tests/infra/node.sh install"
  open_dir "$1" .node create
  guard
  local plane t0; t0=$(now_ms) plane=$(cd "$2" && pwd -P)
  P=$plane/pki port=$(cat "$plane/port")
  node=https://127.0.0.1:$port/api/v1/nodes/localhost
  use_programs
  if [ ! -e "$D/kernel" ]; then
    [ -z "$(find /var/log/pods /var/lib/kubelet/pods -mindepth 1 2>/dev/null)" ] && ! ip link show kbr0 >/dev/null 2>&1 || die "there is another node on this machine"
    for k in $SYSCTLS; do echo "$k $(cat "/proc/sys/$k")"; done >"$D/kernel"
    write_configuration
  fi
  network
  alive containerd || spawn containerd "$cache/usr/bin/containerd" -c "$D/containerd.toml"
  wait_for containerd 60 ctr version
  [ -e "$D/pause.tar" ] || { pause_image; ctr images import "$D/pause.tar" >/dev/null; }
  local started; started=$(date -u +%FT%TZ)
  alive kubelet && started="" || spawn kubelet env GOGC=400 "$programs/kubelet" --config="$D/kubelet.yaml" --kubeconfig="$P/kubelet.kubeconfig" --hostname-override=localhost \
    --container-runtime=remote --container-runtime-endpoint="unix://$D/containerd.sock" --root-dir="$D/kubelet" --cert-dir="$D/kubelet/pki" \
    --volume-plugin-dir="$D/kubelet/plugins" --runtime-cgroups=/ --kubelet-cgroups=/
  wait_for "the node" 60 is_ready
  # A device plugin's work; the kubelet forgets it when it starts.
  local gpu patch=
  for gpu in ${GPUS:=nvidia.com/gpu=1}; do patch+="\"${gpu%=*}\": \"${gpu#*=}\", "; done
  C -f -o /dev/null -X PATCH -H 'Content-Type: application/merge-patch+json' "$node/status" -d "{\"status\": {\"capacity\": {${patch%, }}}}"
  for gpu in $GPUS; do wait_for "its GPUs" 60 eval "C '$node' | grep -A12 '\"allocatable\"' | grep -q '${gpu%=*}\": \"${gpu#*=}\"'"; done
  log "ready after $(( $(now_ms) - t0 )) ms"
}

# By what its kubelet has said since it was started; of one that crashed a moment ago the API server still has the best opinion.
is_ready() {
  local said; said=$(C "$node")
  grep -q '"reason": "KubeletReady"' <<<"$said" && ! grep -q '"key": "node.kubernetes.io/\(unreachable\|not-ready\)"' <<<"$said" \
    && [[ $(grep -o '"lastHeartbeatTime": "[^"]*"' <<<"$said" | sort | tail -n1 | cut -d'"' -f4) > $started ]]
}

# The bridge of the pods, and the addresses of services. Packets for the host's loopback are let in by this bridge alone.
network() {
  set_kernel net/ipv4/ip_forward 1
  ip link show kbr0 >/dev/null 2>&1 || { ip link add kbr0 type bridge; ip addr add $GATEWAY/24 dev kbr0; ip link set kbr0 up; }
  set_kernel net/ipv4/conf/kbr0/route_localnet 1
  local service rules="tcp dport 443 ip daddr $API dnat to 127.0.0.1:$port"
  for service in ${SERVICES:-}; do
    rules+=$'\n'"tcp dport $(cut -d: -f2 <<<"${service%=*}") ip daddr ${service%%:*} dnat to 127.0.0.1:${service#*=}"
  done
  nft -f - <<NFT
table ip inheritune-tests
delete table ip inheritune-tests
table ip inheritune-tests {
  chain services {
    type nat hook prerouting priority dstnat
    $rules
  }
}
NFT
}

write_configuration() {
  mkdir -p "$D/cni"
  cat >"$D/cni/10-bridge.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "kbr0", "isGateway": true, "ipMasq": false,
  "ipam": {"type": "host-local", "dataDir": "$D/addresses", "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
JSON
  # restrict_oom_score_adj: a root without CAP_SYS_RESOURCE may not lower it, and runc dies of that.
  cat >"$D/containerd.toml" <<TOML
version = 2
root = "$D/root"
state = "$D/state"
[grpc]
  address = "$D/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:3.2"
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$cache/usr/lib/cni"
    conf_dir = "$D/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "$cache/usr/sbin/runc"
TOML
  cat >"$D/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $P/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $P/kubelet-server.crt
tlsPrivateKeyFile: $P/kubelet-server.key
healthzBindAddress: 127.0.0.1
healthzPort: 0
cgroupDriver: cgroupfs
failSwapOn: false
resolvConf: ""
makeIPTablesUtilChains: false
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 50Mi, nodefs.available: "1%", imagefs.available: "1%", nodefs.inodesFree: "1%"}
nodeStatusUpdateFrequency: 1s
syncFrequency: 5s
nodeLeaseDurationSeconds: 4
readOnlyPort: 0
YAML
}

# An image of one program, by hand.
pause_image() {
  local w=$D/pause layer config
  mkdir -p "$w/root"
  cp "$programs/pause" "$w/root/"
  tar -C "$w/root" --owner=0 --group=0 -cf "$w/layer.tar" pause
  layer=$(sha256sum <"$w/layer.tar" | cut -d' ' -f1)
  echo '{"architecture": "amd64", "os": "linux", "config": {"Entrypoint": ["/pause"]}, "rootfs": {"type": "layers", "diff_ids": ["sha256:'"$layer"'"]}}' >"$w/config.json"
  config=$(sha256sum <"$w/config.json" | cut -d' ' -f1)
  mv "$w/config.json" "$w/$config.json"
  echo '[{"Config": "'"$config"'.json", "RepoTags": ["localhost/pause:3.2"], "Layers": ["layer.tar"]}]' >"$w/manifest.json"
  tar -C "$w" -cf "$D/pause.tar" manifest.json "$config.json" layer.tar
}

# Processes of pods, whichever program would end them, and the shims between them and containerd.
pod_cgroups() { find /sys/fs/cgroup/"$1"/kubepods -depth -type d 2>/dev/null || true; }
kill_pods() {
  local g pid p
  for _ in {1..50}; do
    for p in $(shims); do kill -KILL "$p" 2>/dev/null || true; done
    for g in $(pod_cgroups memory); do while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done <"$g/cgroup.procs"; done 2>/dev/null
    [ -n "$(shims)$(for g in $(pod_cgroups memory); do cat "$g/cgroup.procs"; done 2>/dev/null)" ] || return 0
    sleep 0.1
  done
  log "processes of pods are left"
}
shims() { grep -lazE "^$D/containerd.sock\$" /proc/[0-9]*/cmdline 2>/dev/null | while IFS=/ read -r _ _ pid _; do
  [[ $(readlink "/proc/$pid/exe") != */containerd-shim* ]] || echo "$pid"; done || true; }

freeze() { local g; for g in /sys/fs/cgroup/freezer/kubepods; do [ ! -d $g ] || echo "$1" >$g/freezer.state; done; }

crash() { # SIGKILL to all of it
  freeze THAWED
  end kubelet KILL; end containerd KILL; kill_pods
  awk '{print $2}' /proc/mounts | grep "^$D/" | sort -r | xargs -r -n1 umount -l 2>/dev/null || true
  local c
  for c in /sys/fs/cgroup/*/kubepods; do [ ! -d "$c" ] || find "$c" -depth -type d -exec rmdir {} \; 2>/dev/null || true; done
}

cmd_stop() {
  open_dir "$1" .node || { log "nothing at $1"; return 0; }
  use_programs
  crash
  nft delete table ip inheritune-tests 2>/dev/null || true
  ip link del kbr0 2>/dev/null || true
  local k v
  # Where these lie is not to be chosen.
  rm -rf /var/log/pods/* /var/lib/cni/results/pods-* /var/lib/kubelet/device-plugins
  find /var/log/containers -lname '/var/log/pods/*' -delete 2>/dev/null || true
  rmdir /var/lib/kubelet /var/log/pods /var/log/containers 2>/dev/null || true
  [ ! -e "$D/kernel" ] || while read -r k v; do set_kernel "$k" "$v"; done <"$D/kernel"
  rm -rf -- "$D"
}

case "${1:-}" in
  install) cmd_install ;;
  unpack) open_apt bookworm "$2/apt"; unpack "$2" $PACKAGES; rm -rf "$2/apt"; "$2/usr/bin/containerd" --version ;;
  start) shift; cmd_start "$@" ;;
  stop) cmd_stop "${2:?DIR}" ;;
  pause|resume|crash|import|ctr|status)
    open_dir "${2:?DIR}" .node || die "nothing at $2"
    use_programs
    case $1 in
      pause) tell kubelet STOP; tell containerd STOP; freeze FROZEN ;;
      resume) freeze THAWED; tell containerd CONT; tell kubelet CONT ;;
      crash) crash ;;
      import) for archive in "${@:3}"; do ctr images import "$archive" >/dev/null; done ;;
      ctr) ctr "${@:3}" ;;
      status) status containerd kubelet ;;
    esac ;;
  *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac
