#!/usr/bin/env bash
# Lua 5.1 of Debian, the dialect of Argo CD's own virtual machine, which runs the scripts of config/argocd in the tests.
# Exit code 77, with one line that says why: it cannot be had here.
#
#   lua.sh install            the apt package (root, 100 KB; a no-op when it is there)
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

unavailable() { echo "Lua not available: $1" >&2; exit 77; }

case "${1:-}" in
  install) debian_install lua5.1 ;;
  *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac
