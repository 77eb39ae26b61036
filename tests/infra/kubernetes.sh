#!/usr/bin/env bash
# A real Kubernetes control plane for the tests, on loopback, with every file of an instance under one directory:
# etcd, API server (RBAC), controller manager and scheduler of 1.20.2, and behind the same API server the CRD server of
# 1.36 (CEL, strict validation) for the groups in GROUP_VERSIONS. No root needed; node.sh adds a node. Several instances may run at once.
# Exit code 77, with one line that says why: it cannot be had here.
#
#   kubernetes.sh install            builds the programs, once (5 to 15 minutes, 250 MB, 2.5 GB on the way)
#   kubernetes.sh start DIR [PORT]   makes the control plane if DIR is empty, starts what is not running
#   kubernetes.sh stop DIR           stops it and deletes DIR
#   kubernetes.sh kill-apiserver DIR                      SIGKILL (refused connections); `start` revives it
#   kubernetes.sh pause-apiserver DIR | resume-apiserver DIR   SIGSTOP / SIGCONT: requests hang, then go on
#   kubernetes.sh pause-controllers DIR | resume-controllers DIR   SIGSTOP / SIGCONT: nobody makes pods of Jobs, nor binds them
#   kubernetes.sh status DIR
#
# start prints, once all parts work:
#   KUBERNETES_ADMIN_KUBECONFIG   for everything but CustomResourceDefinitions of those groups
#   KUBERNETES_CRD_KUBECONFIG     for those; empty where the CRD server could not be built, and then the 1.20.2 server,
#                                 which drops CEL rules, serves all
# Ports: PORT (default: a free block below the ephemeral ones) to PORT+5.
#
# INHERITUNE_CACHE: where the programs are kept (default ~/.cache/inheritune). DEBIAN_MIRROR: default is the mirror of the host's apt.
# NODE_GRACE: after how many seconds of silence a node is lost, and again its pods. Default: as Kubernetes has it, 40 and 300.
# OWNER: a process that it ends with.
# GROUP_VERSIONS: what the CRD server serves (default v1alpha1.inheritune.dev); where it is empty, the 1.20.2 server serves all.
# POLICIES=1: the CRD server also keeps ValidatingAdmissionPolicies, as custom resources, and goes by them for what it serves.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cache=${INHERITUNE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inheritune}/kubernetes
tool=kubernetes
. "$here/daemons.sh"

unavailable() { echo "Kubernetes control plane not available: $1" >&2; exit 77; }

recipe() { # part : what its build depends on
  cat "$here/kubernetes/build.sh" $([ "$1" = control-plane ] || echo "$here/kubernetes/crd-server.packages") | sha256sum | cut -d' ' -f1
}
built() { [ "$(cat "$cache/$1/recipe" 2>/dev/null)" = "$(recipe "$1")" ]; }

build() { # part : false with $reason set where it fails
  built "$1" && return 0
  echo "Building Kubernetes, $1, in $cache: some minutes (log: $cache/$1.log)"
  rm -rf "$cache/$1.partial"
  # nice: whoever works on this machine goes first. A child of its own, because bash ignores set -e inside an "||" list.
  nice -n 19 bash "$here/kubernetes/build.sh" "$1" "$cache/$1.partial" >"$cache/$1.log" 2>&1 </dev/null \
    || { reason="it could not be built (log: $cache/$1.log): $(tail -n1 "$cache/$1.log")"; return 1; }
  rm -rf "${cache:?}/$1"
  mv "$cache/$1.partial" "$cache/$1"
  # What builds need not run: sid moves.
  local trial said; trial=$(mktemp -d)
  if said=$(bash "$0" start "$trial" 2>&1 >/dev/null); then
    recipe "$1" >"$cache/$1/recipe"
  else
    rm -rf "${cache:?}/$1"
    reason="it was built and does not start: $(tail -n1 <<<"$said")"
  fi
  bash "$0" stop "$trial"
  built "$1"
}

cmd_install() {
  built control-plane && built crd-server && return 0
  [ "$(uname -m)" = x86_64 ] || unavailable "it is built on x86-64 only"
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || unavailable "it is built from Debian's packages, and there is no apt-get"
  mkdir -p "$cache"
  exec 8>"$cache.lock"; flock 8
  build control-plane || unavailable "$reason"
  build crd-server || echo "The CRD server of Kubernetes 1.36 is missing, so CEL rules cannot be tested: $reason" >&2
}

# Six free ports below those that the kernel gives away.
free_ports() {
  local taken base
  taken=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '{n = split($2, a, ":"); print a[n]}')
  for _ in {1..50}; do
    base=$((20000 + RANDOM % 1200 * 10))
    grep -qiE "^($(printf '%04X|' $(seq $base $((base + 5))))x)$" <<<"$taken" || { echo $base; return; }
  done
  die "no free block of ports"
}

C() { curl -sS --noproxy '*' -m 10 --cacert "$P/ca.crt" --cert "$P/admin.crt" --key "$P/admin.key" "$@"; }

cmd_start() {
  [ $# = 1 ] || [ $# = 2 ] || die "usage: $0 start DIR [PORT]"
  local b
  for b in openssl curl; do command -v $b >/dev/null || unavailable "$b is missing"; done
  [ -x "$cache/control-plane/bin/kube-apiserver" ] || unavailable "not installed; run tests/infra/kubernetes.sh install"
  open_dir "$1" .kubernetes create
  guard
  P=$D/pki
  [ -s "$D/port" ] || echo "${2:-$(free_ports)}" >"$D/port"
  port=$(cat "$D/port")
  [ "${2:-$port}" = "$port" ] || die "$D was made for port $port"
  api=https://127.0.0.1:$port crd=https://127.0.0.1:$((port + 1)) etcd=http://127.0.0.1:$((port + 2))
  local t0; t0=$(now_ms)
  [ -e "$P/complete" ] || "$here/kubernetes/certificates.sh" "$P" "$port" >"$D/log/openssl.out" 2>&1 || die "openssl: $(tail -3 "$D/log/openssl.out")"

  start_all
  log "ready on $api after $(( $(now_ms) - t0 )) ms"
  echo "KUBERNETES_ADMIN_KUBECONFIG=$P/admin.kubeconfig"
  echo "KUBERNETES_CRD_KUBECONFIG=$([ ! -x "$crd_program" ] || echo "$P/crd-server.kubeconfig")"
}

await() { # daemon url
  wait_for "$1" 120 eval "! alive $1 || C -f $2"
  alive "$1" || die "$1 ended: $(tail -n1 "$D/log/$1.out")"
}

start_all() {
  # A quarter of their time would go into garbage collection, on machines with memory to spare.
  export GOGC=400
  local bin=$cache/control-plane/bin group peer=http://127.0.0.1:$((port + 3))
  crd_program=$cache/crd-server/bin/apiextensions-apiserver
  # The CRD server wants a newer etcd than bookworm's.
  local etcd_program=$bin/etcd; [ ! -x "$crd_program" ] || etcd_program=$cache/crd-server/bin/etcd

  # No fsync: nothing here needs to outlive the machine.
  alive etcd || spawn etcd "$etcd_program" $("$etcd_program" --help 2>&1 | grep -o -m1 -- --unsafe-no-fsync) --data-dir "$D/etcd" --log-level=error --listen-client-urls "$etcd" --advertise-client-urls "$etcd" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer"
  alive apiserver || spawn apiserver "$bin/kube-apiserver" --etcd-servers="$etcd" --bind-address=127.0.0.1 --advertise-address=127.0.0.1 \
    --endpoint-reconciler-type=none --secure-port="$port" --insecure-port=0 --authorization-mode=Node,RBAC --allow-privileged=true --service-cluster-ip-range=10.96.0.0/16 \
    --tls-cert-file="$P/server.crt" --tls-private-key-file="$P/server.key" --client-ca-file="$P/ca.crt" \
    --service-account-issuer=https://kubernetes.default.svc --api-audiences=https://kubernetes.default.svc \
    --service-account-key-file="$P/service-account.pub" --service-account-signing-key-file="$P/service-account.key" \
    --enable-priority-and-fairness=false --requestheader-client-ca-file="$P/proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --proxy-client-cert-file="$P/proxy-client.crt" --proxy-client-key-file="$P/proxy-client.key" \
    --kubelet-client-certificate="$P/apiserver-kubelet-client.crt" --kubelet-client-key="$P/apiserver-kubelet-client.key" \
    --kubelet-certificate-authority="$P/ca.crt" --kubelet-preferred-address-types=Hostname \
    ${NODE_GRACE:+--default-not-ready-toleration-seconds="$NODE_GRACE" --default-unreachable-toleration-seconds="$NODE_GRACE"}
  await apiserver "$api/readyz"

  # The defaults, 20 requests a second, are for clusters of a few pods.
  alive controller-manager || spawn controller-manager "$bin/kube-controller-manager" $(as controller-manager) --bind-address=127.0.0.1 --port=0 --secure-port=$((port + 4)) \
    --service-account-private-key-file="$P/service-account.key" --root-ca-file="$P/ca.crt" --use-service-account-credentials=true --leader-elect=false --kube-api-qps=500 --kube-api-burst=1000 \
    --controllers='*,-nodeipam,-route,-cloud-node-lifecycle,-service' ${NODE_GRACE:+--node-monitor-grace-period="${NODE_GRACE}s" --node-monitor-period=1s}
  alive scheduler || spawn scheduler "$bin/kube-scheduler" $(as scheduler) --bind-address=127.0.0.1 --port=0 --secure-port=$((port + 5)) --leader-elect=false --kube-api-qps=500 --kube-api-burst=1000

  if [ -x "$crd_program" ]; then
    serve_crds ValidatingAdmissionPolicy,MutatingAdmissionPolicy
    [ -z "${POLICIES:-}" ] || policies
    for group in ${GROUP_VERSIONS-v1alpha1.inheritune.dev}; do delegate "$group"; done
  fi

  # Made by the controller manager.
  await controller-manager "$api/api/v1/namespaces/default/serviceaccounts/default"
}

serve_crds() { # plugins that it goes without
  # The flow control API of 1.20 is too old for it, as are the admission policies.
  alive crd-server || spawn crd-server "$crd_program" --etcd-servers="$etcd" --etcd-prefix=/crd-server --bind-address=127.0.0.1 --secure-port=$((port + 1)) \
    --tls-cert-file="$P/server.crt" --tls-private-key-file="$P/server.key" --client-ca-file="$P/ca.crt" $(as admin) \
    --enable-priority-and-fairness=false --disable-admission-plugins="$1"
  await crd-server "$crd/readyz"
}

# Admission policies are read from the API server, where 1.20 has none. Here it passes requests for their group on to the CRD server, which
# keeps them as custom resources and, started once more, applies them. The group's other kinds, of which there are none, go the same way.
policies() {
  # What Kubernetes itself fills in.
  local kind plural any='type: object, x-kubernetes-preserve-unknown-fields: true'
  local defaults="{namespaceSelector: {$any, default: {}}, objectSelector: {$any, default: {}}, matchPolicy: {type: string, default: Equivalent},
    resourceRules: {type: array, items: {$any, properties: {scope: {type: string, default: '*'}}}}}"
  for kind in {Validating,Mutating}WebhookConfiguration ValidatingAdmissionPolicy{,Binding}; do
    plural=${kind,,}s; plural=${plural/%ys/ies}
    C -f -o /dev/null "$crd/apis/apiextensions.k8s.io/v1/customresourcedefinitions/$plural.admissionregistration.k8s.io" 2>/dev/null \
      || C -f -o /dev/null -H 'Content-Type: application/yaml' --data-binary @- "$crd/apis/apiextensions.k8s.io/v1/customresourcedefinitions" <<YAML
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: $plural.admissionregistration.k8s.io, annotations: {api-approved.kubernetes.io: unapproved}},
 spec: {group: admissionregistration.k8s.io, scope: Cluster, names: {kind: $kind, listKind: ${kind}List, plural: $plural, singular: ${kind,,}},
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {$any, properties: {spec: {$any, properties: {matchConstraints: {$any, properties: $defaults}}}}}}}]}}
YAML
  done
  delegate v1.admissionregistration.k8s.io
  # It is there from the start, and served by the API server itself.
  C -f -o /dev/null -X PATCH -H 'Content-Type: application/merge-patch+json' --data-binary @- "$api/apis/apiregistration.k8s.io/v1/apiservices/v1.admissionregistration.k8s.io" <<JSON
{"spec": {"caBundle": "$(base64 -w0 <"$P/ca.crt")", "service": {"name": "crd-server", "namespace": "kube-system", "port": $((port + 1))}}}
JSON
  for plural in validatingadmissionpolic{ies,ybindings}; do wait_for "$plural" 60 C -f "$api/apis/admissionregistration.k8s.io/v1/$plural"; done
  end crd-server
  serve_crds MutatingAdmissionPolicy
}

as() { echo --{,authentication-,authorization-}kubeconfig="$P/$1.kubeconfig"; } # user

# delegate VERSION.GROUP - has the API server pass requests for it to the CRD server; they work from the group's first CRD on.
delegate() {
  local service=$api/api/v1/namespaces/kube-system/services/crd-server group=$api/apis/apiregistration.k8s.io/v1/apiservices
  C -f -o /dev/null "$service" 2>/dev/null || C -f -o /dev/null -H 'Content-Type: application/yaml' --data-binary @- "${service%/*}" <<YAML
{apiVersion: v1, kind: Service, metadata: {name: crd-server}, spec: {type: ExternalName, externalName: localhost, ports: [{port: $((port + 1)), protocol: TCP}]}}
YAML
  C -f -o /dev/null "$group/$1" 2>/dev/null || C -f -o /dev/null -H 'Content-Type: application/yaml' --data-binary @- "$group" <<YAML
{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: $1}, spec: {version: ${1%%.*}, group: ${1#*.}, groupPriorityMinimum: 1000, versionPriority: 15,
 caBundle: $(base64 -w0 <"$P/ca.crt"), service: {name: crd-server, namespace: kube-system, port: $((port + 1))}}}
YAML
}

PARTS=(scheduler controller-manager crd-server apiserver etcd)
case "${1:-}" in
  install) cmd_install ;;
  start) shift; cmd_start "$@" ;;
  stop) open_dir "${2:?DIR}" .kubernetes || { log "nothing at $2"; exit 0; }
    for n in "${PARTS[@]}"; do end $n KILL; done   # nothing to save
    rm -rf -- "$D" ;;
  kill-apiserver|pause-apiserver|resume-apiserver|pause-controllers|resume-controllers|status)
    open_dir "${2:?DIR}" .kubernetes || die "nothing at $2"
    case $1 in
      kill-apiserver) end apiserver KILL ;;
      pause-apiserver) tell apiserver STOP ;;
      resume-apiserver) tell apiserver CONT ;;
      pause-controllers) tell controller-manager STOP; tell scheduler STOP ;;
      resume-controllers) tell controller-manager CONT; tell scheduler CONT ;;
      status) status "${PARTS[@]}" ;;
    esac ;;
  *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac
