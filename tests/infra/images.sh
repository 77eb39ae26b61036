#!/usr/bin/env bash
# Builds both images from the Dockerfiles themselves, without a daemon and without a registry: Debian's buildah, on bases that are made of
# Debian's packages and this machine's .NET, in place of the public ones. The trainer's is for the CPU.
# Exit code 77, with one line that says why: they cannot be had here.
#
#   images.sh install           unpacks buildah and makes the bases, once (60 MB)
#   images.sh build             builds what has changed since, prints the sizes
#   images.sh path operator|trainer     prints the archive, as `docker save` makes it
#   images.sh name operator|trainer     prints the image's name
#
# INHERITUNE_CACHE: where all is kept (default ~/.cache/inheritune).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
cache=${INHERITUNE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inheritune}/images
. "$here/debian.sh"

VERSION=$(sed -n 's/^appVersion: *"\?\([^"]*\)"\?/\1/p' "$root/charts/inheritune-operator/Chart.yaml")
BUILDAH="buildah golang-github-containers-common golang-github-containers-image libgpgme11 libassuan0 libgpg-error0 libseccomp2 libdevmapper1.02.1"
RUNTIME="base-files ca-certificates libc6 gcc-12-base libgcc-s1 libstdc++6 zlib1g libssl3"
SDK="$RUNTIME dash coreutils sed grep libselinux1 libpcre2-8-0 libacl1 libattr1 libgmp10
    binutils binutils-common binutils-x86-64-linux-gnu libbinutils libctf0 libctf-nobfd0 libgprofng0 libjansson4 libzstd1"

unavailable() { echo "Images not available: $1" >&2; exit 77; }
dotnet_root() { dirname "$(readlink -f "$(command -v dotnet)")"; }
recipe() { { cat "$0" "$here/debian.sh"; dotnet --version; } | sha256sum | cut -d' ' -f1; }

# Starts parts of itself anew without their environment: its libraries have to lie where all do, in a mount namespace that ends with it.
buildah() {
    HOME=$cache/tools/home BUILDAH_ISOLATION=chroot REGISTRY_AUTH_FILE=/dev/null CONTAINERS_CONF=/dev/null CONTAINERS_REGISTRIES_CONF=/dev/null \
        CONTAINERS_STORAGE_CONF=$cache/tools/storage.conf unshare --mount --propagation private bash -euc '
        libraries=/usr/lib/x86_64-linux-gnu
        mount -t overlay -o "lowerdir=$1$libraries:$libraries" libraries $libraries
        exec "$1/usr/bin/buildah" "${@:2}"' buildah "$cache/tools" "$@"
}

# Bundles the authorities as ca-certificates' own scripts would, and makes the links that the package openssl has.
finish_root() { # DIR
    mkdir -p "$1/etc/ssl/certs" "$1/usr/lib/ssl" "$1/tmp" "$1/root"
    cat "$1"/usr/share/ca-certificates/mozilla/*.crt >"$1/etc/ssl/certs/ca-certificates.crt"
    ln -sf /etc/ssl/certs "$1/usr/lib/ssl/certs"
    ln -sf /etc/ssl/certs/ca-certificates.crt "$1/usr/lib/ssl/cert.pem"
    printf 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65532:65532::/:/sbin/nologin\n' >"$1/etc/passwd"
    printf 'root:x:0:\nnobody:x:65532:\n' >"$1/etc/group"
    chmod 1777 "$1/tmp"
    rm -rf "$1"/usr/share/{man,locale,info,bug,lintian} "$1"/usr/lib/x86_64-linux-gnu/gconv
}

base() { # NAME ROOT KEY=VALUE...
    local container
    container=$(buildah from scratch)
    buildah add -q "$container" "$2" / >/dev/null
    local variable
    for variable in "${@:3}"; do buildah config --env "$variable" "$container"; done
    buildah commit -q --rm "$container" "$1" >/dev/null
}

make() {
    local work=$cache/tools/work dotnet
    open_apt bookworm "$work"
    # shellcheck disable=SC2086 # lists
    unpack "$cache/tools" $BUILDAH
    printf '[storage]\ndriver = "vfs"\nrunroot = "%s"\ngraphroot = "%s"\n' "$cache/run" "$cache/storage" >"$cache/tools/storage.conf"
    mkdir -p "$cache/tools/home/.config/containers"
    echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$cache/tools/home/.config/containers/policy.json"

    dotnet=$(dotnet_root)
    record_packages "$work/runtime" $RUNTIME
    unpack "$work/runtime" $RUNTIME
    finish_root "$work/runtime"
    base localhost/dotnet-runtime-deps "$work/runtime" DOTNET_RUNNING_IN_CONTAINER=true DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true
    mkdir -p "$work/runtime/usr/share/dotnet/shared"
    cp -a "$dotnet"/{dotnet,host,LICENSE.txt,ThirdPartyNotices.txt} "$work/runtime/usr/share/dotnet/"
    cp -a "$dotnet/shared/Microsoft.NETCore.App" "$work/runtime/usr/share/dotnet/shared/"
    base localhost/dotnet-runtime "$work/runtime" DOTNET_RUNNING_IN_CONTAINER=true DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true

    unpack "$work/sdk" $SDK
    finish_root "$work/sdk"
    ln -sf dash "$work/sdk/usr/bin/sh"
    # The SDK itself, like NuGet's packages, comes from the host.
    base localhost/dotnet-sdk "$work/sdk" PATH=/usr/share/dotnet:/usr/bin:/usr/sbin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
        NUGET_CERT_REVOCATION_MODE="${NUGET_CERT_REVOCATION_MODE:-online}"
    rm -rf "$work"
    buildah --version
}

# What is in a base, as Debian says it: for the image's bill of materials.
record_packages() { # DIR PACKAGE...
    mkdir -p "$1/var/lib/dpkg/status.d"
    fetch download "${@:2}"
    local deb
    for deb in "$debs"/*.deb; do dpkg-deb -f "$deb" >"$1/var/lib/dpkg/status.d/$(dpkg-deb -f "$deb" Package)"; done
}

cmd_install() {
    [ "$(id -u)" = 0 ] || unavailable "building them needs root (chroot and bind mounts)"
    command -v dotnet >/dev/null || unavailable "the .NET SDK is missing"
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || unavailable "their bases are made of Debian's packages, and there is no apt-get"
    [ "$(cat "$cache/tools/recipe" 2>/dev/null)" != "$(recipe)" ] || return 0
    mkdir -p "$cache"
    exec 8>"$cache.lock"; flock 8
    rm -rf "${cache:?}"/*
    mkdir -p "$cache/tools"
    # A child of its own, because bash ignores set -e inside an "||" list.
    bash "$0" make >"$cache.log" 2>&1 </dev/null || unavailable "their bases could not be made (log: $cache.log): $(tail -n1 "$cache.log")"
    recipe >"$cache/tools/recipe"
}

name() { echo "ghcr.io/inheritune/inheritune-$1:$VERSION"; }

# The files that an image is made of, as .dockerignore lets them in and its project uses them.
inputs() {
    local folders=(operator)
    [ "$1" = operator ] || folders=(operator/Inheritune.Api trainer config/samples)
    (cd "$root" && { cat "Dockerfile.$1" .dockerignore global.json .editorconfig Directory.*.props LICENSE NOTICE "$cache/tools/recipe"
        find "${folders[@]}" -type f -not -path '*/bin/*' -not -path '*/obj/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; } | sha256sum | cut -c1-16)
}

path() { echo "$cache/$1-$(inputs "$1").tar"; }

build() {
    local archive image began=$SECONDS runtime=dotnet-runtime
    [ "$1" = operator ] || runtime=dotnet-runtime-deps
    archive=$(path "$1") image=$(name "$1")
    if [ ! -e "$archive" ]; then
        mkdir -p ~/.nuget/packages
        buildah bud --pull-never -f "$root/Dockerfile.$1" -t "$image" \
            --build-arg SDK_IMAGE=localhost/dotnet-sdk --build-arg RUNTIME_IMAGE=localhost/$runtime --build-arg VERSION="$VERSION" \
            $([ "$1" = operator ] || echo --build-arg TorchBackend=cpu) \
            -v "$(dotnet_root):/usr/share/dotnet:ro" -v ~/.nuget/packages:/root/.nuget/packages -v /etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro \
            "$root" >"$cache/$1.log" 2>&1 </dev/null || unavailable "Dockerfile.$1 could not be built (log: $cache/$1.log): $(tail -n1 "$cache/$1.log")"
        rm -f "$cache/$1"-*.tar
        buildah push -q "$image" "docker-archive:$archive.partial:$image" >>"$cache/$1.log" 2>&1 \
            || unavailable "the image could not be written (log: $cache/$1.log): $(tail -n1 "$cache/$1.log")"
        # The archive is all that is needed.
        buildah rmi -f "$image" >/dev/null
        mv "$archive.partial" "$archive"
    fi
    echo "$image: $(($(stat -c %s "$archive") / 1000000)) MB, $((SECONDS - began)) s"
}

case "${1:-}" in
    install) cmd_install ;;
    make) make ;;
    build)
        [ -e "$cache/tools/recipe" ] || unavailable "not installed; run tests/infra/images.sh install"
        exec 8>"$cache.lock"; flock 8
        build operator
        build trainer ;;
    path) [ -e "$(path "$2")" ] || unavailable "not built; run tests/infra/images.sh build"; path "$2" ;;
    name) name "$2" ;;
    *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac
