#!/usr/bin/env bash
# An independent peer for the tests: PyTorch and transformers of Debian sid, in a chroot of their own.
#
#   pytorch-peer.sh install                                  makes it, once (some minutes, 2 GB)
#   pytorch-peer.sh install-compiler                         adds what torch.compile needs (a minute, 1 GB)
#   pytorch-peer.sh run [--ro DIR|--rw DIR|--env NAME=VALUE]... SCRIPT ARGS   runs a Python script in it
#
# SCRIPT's folder and the given folders appear inside under their own (absolute) paths. All mounts live in a private
# mount namespace and end with the command. Exit code 77, with one line that says why: the peer cannot be had here.
#
# INHERITUNE_CACHE: where it is kept (default ~/.cache/inheritune). DEBIAN_MIRROR: default is the mirror of the host's apt.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

cache=${INHERITUNE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inheritune}
peer=$cache/pytorch-peer
log=$cache/pytorch-peer.log
# protobuf: without it AutoTokenizer cannot read Llama's tokenizer.model. OpenBLAS: torch alone takes the slow
# reference BLAS; with OpenMP's threads, which are torch's own: those of the other variant compete with them for the cores.
packages="python3-torch python3-transformers python3-safetensors python3-tokenizers python3-sentencepiece python3-protobuf python3-numpy libopenblas0-openmp"
# torch.compile vectorises only with libsleef loaded before it (LD_PRELOAD).
compiler_packages="g++ python3-dev libtorch-dev libsleef-dev"

unavailable() {
    echo "PyTorch peer not available: $1" >&2
    exit 77
}

# inside ROOT COMMAND... - runs a command in a chroot with the kernel's file systems and $binds ("ro:DIR" or "rw:DIR").
# GOMP_SPINCOUNT: threads that wait do not take a core from other tests; --env has the last word.
binds=()
inside() {
    unshare --mount --propagation private bash -euc '
        root=$1; shift
        for dir in proc dev sys; do mount --rbind "/$dir" "$root/$dir"; done
        mount -t tmpfs tmpfs "$root/tmp"
        while [ "$1" != -- ]; do
            dir=${1#*:}
            mkdir -p "$root$dir"
            mount --rbind "$dir" "$root$dir"
            [ "${1%%:*}" = rw ] || mount -o remount,bind,ro "$root$dir"
            shift
        done
        shift
        exec chroot "$root" "$@"' inside "$1" "${binds[@]}" -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp \
        LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error TQDM_DISABLE=1 GOMP_SPINCOUNT=2000 "${@:2}"
}

make() {
    local root=$1
    debootstrap --variant=minbase --include=ca-certificates sid "$root" "$(debian_mirror)"
    # The host's proxy, certificate and validity settings hold for its mirror.
    apt-config dump Acquire >"$root/etc/apt/apt.conf.d/80host"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    add "$root"
    inside "$root" python3 -c 'import torch, transformers' # a half-broken sid must not become the cache
}

# add ROOT - installs those of the packages that it lacks.
add() {
    inside "$1" apt-get update
    # shellcheck disable=SC2086 # a list
    inside "$1" apt-get install -y --no-install-recommends $packages
    inside "$1" apt-get clean
}

install() {
    [ "$(id -u)" = 0 ] || unavailable "it needs root (chroot and bind mounts)"
    unshare --mount true 2>/dev/null || unavailable "this container may not make mount namespaces"
    mkdir -p "$cache"
    exec 9>"$peer.lock"
    flock 9
    if [ ! -d "$peer" ]; then
        echo "Making the PyTorch peer in $peer: some minutes, 2 GB (log: $log)"
        command -v debootstrap >/dev/null || { apt-get update && apt-get install -y debootstrap; } >"$log" 2>&1 \
            || unavailable "debootstrap is missing and could not be installed (log: $log)"
        rm -rf --one-file-system "$peer.partial"
        # A child of its own, because bash ignores set -e inside an "||" list, and in a mount namespace, because
        # debootstrap mounts /proc and would leave it behind when interrupted.
        unshare --mount --propagation private bash "$0" make "$peer.partial" >"$log" 2>&1 </dev/null \
            || unavailable "it could not be made (log: $log): $(tail -n1 "$log")"
        mv "$peer.partial" "$peer"
    # shellcheck disable=SC2086 # a list
    elif ! inside "$peer" dpkg-query -W $packages >/dev/null 2>&1; then # one of an earlier list
        bash "$0" add "$peer" >>"$log" 2>&1 </dev/null || unavailable "what it lacks could not be added (log: $log): $(tail -n1 "$log")"
    fi
    echo "PyTorch peer: $(inside "$peer" python3 -c 'import torch, transformers as t; print("torch", torch.__version__, "transformers", t.__version__)')"
}

install_compiler() {
    install
    [ "$(cat "$peer/compiler-packages" 2>/dev/null)" = "$compiler_packages" ] && return
    cp /etc/resolv.conf "$peer/etc/resolv.conf"
    # shellcheck disable=SC2086 # a list
    { inside "$peer" apt-get update && inside "$peer" apt-get install -y --no-install-recommends $compiler_packages && inside "$peer" apt-get clean; } >>"$log" 2>&1 \
        || unavailable "what torch.compile needs could not be installed (log: $log): $(tail -n1 "$log")"
    echo "$compiler_packages" >"$peer/compiler-packages"
}

run() {
    [ -d "$peer" ] || unavailable "not installed; run tests/infra/pytorch-peer.sh install"
    [ "$(id -u)" = 0 ] || unavailable "it needs root (chroot and bind mounts)"
    local script variables=()
    while [[ ${1:-} == --* ]]; do
        case $1 in
            --env) variables+=("$2") ;;
            --ro|--rw) binds+=("${1#--}:$(realpath -s "$2")") ;;
            *) echo "unknown option $1" >&2; exit 2 ;;
        esac
        shift 2
    done
    script=$(realpath "$1")
    binds+=("ro:$(dirname "$script")")
    inside "$peer" "${variables[@]}" python3 -B "$script" "${@:2}"
}

case ${1:-} in
    install) install ;;
    install-compiler) install_compiler ;;
    make) make "$2" ;;
    add) add "$2" ;;
    run) shift; run "$@" ;;
    *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac
