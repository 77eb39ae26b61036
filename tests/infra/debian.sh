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
