# What several scripts here know about Debian; to be sourced.

# The mirror that the host's own apt uses, or DEBIAN_MIRROR.
debian_mirror() {
    local found
    found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null \
        | grep -m1 -E '^https?://.*/debian/?$' || true)
    echo "${DEBIAN_MIRROR:-${found:-http://deb.debian.org/debian}}"
}

# Installs the package that is called as its one program; a no-op when that is there. Where it cannot be had, calls `unavailable`.
debian_install() { # program
    command -v "$1" >/dev/null && return 0
    [ "$(id -u)" = 0 ] || unavailable "it is missing; run tests/infra/$(basename "$0") install as root"
    command -v apt-get >/dev/null || unavailable "it is missing and there is no apt-get to install it"
    export DEBIAN_FRONTEND=noninteractive
    local apt=(apt-get -o DPkg::Lock::Timeout=300 -q) log
    log=$(mktemp)
    { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$1"; } >"$log" 2>&1 || command -v "$1" >/dev/null \
        || unavailable "the package could not be installed (log: $log): $(tail -n1 "$log")"
    rm -f "$log"
}

# open_apt SUITE DIR - an apt that sees one suite of Debian and, but for the host's proxy and certificates, nothing of the host. Its files are in DIR.
open_apt() {
    local signed=/usr/share/keyrings/debian-archive-keyring.gpg apt=$2/apt
    [ -e "$signed" ] || { echo "$signed is missing (package debian-archive-keyring)"; exit 1; }
    mkdir -p "$2/debs" "$apt/lists/partial" "$apt/cache/archives/partial"
    debs=$2/debs
    printf "%s [signed-by=$signed] $(debian_mirror) $1 main\n" deb deb-src >"$apt/sources.list"
    apt_get=(apt-get -qq -oDir::Etc::SourceList="$apt/sources.list" -oDir::Etc::SourceParts=/dev/null -oDir::State::Lists="$apt/lists"
        -oDir::Cache="$apt/cache" -oDir::State::Status=/dev/null -oAPT::Sandbox::User=root -oAcquire::Check-Valid-Until=false)
    fetch update
}

fetch() { (cd "$debs" && "${apt_get[@]}" "$@"); }

# unpack ROOT PACKAGE... - downloads packages and unpacks them under ROOT; nothing of them is run.
unpack() {
    local root=$1 deb
    shift
    fetch download "$@"
    # As merged on every Debian of today: what ships in /lib lands in /usr/lib.
    local dir
    for dir in bin sbin lib lib64; do mkdir -p "$root/usr/$dir"; [ -e "$root/$dir" ] || ln -s "usr/$dir" "$root/$dir"; done
    for deb in "$debs"/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$root"; rm "$deb"; done
}
