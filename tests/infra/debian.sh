# What several scripts here know about Debian; to be sourced.

# The mirror that the host's own apt uses, or DEBIAN_MIRROR.
debian_mirror() {
    local found
    found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null \
        | grep -m1 -E '^https?://.*/debian/?$' || true)
    echo "${DEBIAN_MIRROR:-${found:-http://deb.debian.org/debian}}"
}
