#!/usr/bin/env bash
# Builds what kubernetes.sh and node.sh run, from Debian's own source and library packages; nothing is installed on the host.
#
#   build.sh control-plane DIR   Kubernetes 1.20.2 (the newest that Debian has whole, with its vendor tree), kubelet included -> DIR/bin
#   build.sh crd-server DIR      the CRD server of 1.36, made of sid's Go libraries, and sid's etcd -> DIR/bin
#
# Only DIR/bin is kept. The control plane takes 5 to 10 minutes and 2.5 GB on the way, the CRD server half of that.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$here/../debian.sh"
dir=$(mkdir -p "$2" && cd "$2" && pwd -P)
work=$dir/work
root=$work/root
mkdir -p "$dir/bin" "$work/tmp" "$root"

# use_go VERSION GOPATH - the Go that has been unpacked, in its GOPATH mode, off the network.
use_go() {
    export GOROOT=$root/usr/lib/go-$1 PATH=$root/usr/lib/go-$1/bin:$PATH GOPATH=$2 GO111MODULE=off GOFLAGS='' GOPROXY=off \
        GOTOOLCHAIN=local CGO_ENABLED=0 GOCACHE=$work/go-cache GOTMPDIR=$work/tmp
}

control_plane() {
    open_apt bookworm "$work"
    unpack "$root" golang-1.19-go golang-1.19-src golang-github-modern-go-reflect2-dev etcd-server
    fetch source --download-only kubernetes
    local source=$work/gopath/src/k8s.io/kubernetes
    mkdir -p "$source"
    tar xzf "$work"/debs/kubernetes_*.orig.tar.gz --strip-components=1 -C "$source"
    use_go 1.19 "$work/gopath"
    cd "$source"

    # The vendored reflect2 1.0.1 crashes in map iteration on Go >= 1.18; Debian's 1.0.2 does not.
    local reflect=vendor/github.com/modern-go/reflect2
    rm -f $reflect/*.go $reflect/*.s
    cp "$root"/usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} $reflect/

    # pkg/generated/openapi is not in the source of 1.20; its own build makes it, from the packages that ask for it.
    local packages
    packages=$(grep -rl --include='*.go' '+k8s:openapi-gen=' vendor/k8s.io/*/ pkg cmd plugin \
        | grep -vE '/testdata/|^vendor/k8s.io/(kube-openapi|code-generator|gengo|sample-)' \
        | xargs -n1 dirname | LC_ALL=C sort -u | sed 's#^#k8s.io/kubernetes/#' | paste -sd,)
    go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
    "$work/openapi-gen" --logtostderr -i "$packages" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
        -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt -r "$work/violations"

    local flags="-s -w" v program
    for v in k8s.io/kubernetes/vendor/k8s.io/{component-base,client-go/pkg}/version; do
        flags+=" -X $v.gitVersion=v1.20.2 -X $v.gitMajor=1 -X $v.gitMinor=20 -X $v.gitTreeState=clean -X $v.buildDate=2021-01-13T13:20:00Z"
    done
    for program in kube-apiserver kube-controller-manager kube-scheduler kubelet; do
        go build -tags providerless,dockerless -trimpath -ldflags "$flags" -o "$dir/bin/$program" "./cmd/$program"
        echo "built $program"
    done
    "$dir/bin/kube-apiserver" --version | grep -q 1.20.2
    # The first process of every pod. Where there is no C compiler, there will be no node.
    gcc -Os -static -DVERSION=3.2 -o "$dir/bin/pause" build/pause/linux/pause.c || echo "no pause program"
}

crd_server() {
    open_apt sid "$work"
    # shellcheck disable=SC2046 # a list
    unpack "$root" golang-1.27-go golang-1.27-src etcd-server $(cat "$here/crd-server.packages")
    use_go 1.27 "$root/usr/share/gocode"
    cd "$GOPATH/src/k8s.io/apiextensions-apiserver"
    local v=k8s.io/component-base/version
    go build -trimpath -ldflags "-s -w -X $v.gitVersion=v1.36.4 -X $v.gitMajor=1 -X $v.gitMinor=36 -X $v.gitTreeState=clean -X $v.buildDate=2026-10-01T00:00:00Z" \
        -o "$dir/bin/apiextensions-apiserver" .
    "$dir/bin/apiextensions-apiserver" --help >/dev/null
}

case $1 in
    control-plane) control_plane ;;
    crd-server) crd_server ;;
    *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac
cp "$root/usr/bin/etcd" "$dir/bin/"
"$dir/bin/etcd" --version
chmod -R u+w "$work" && rm -rf "$work"
