#!/usr/bin/env bash
# rclone of Debian, a widely used copier for object stores, which the storage benchmark measures itself against.
# Exit code 77, with one line that says why: it cannot be had here.
#
#   rclone.sh install            the apt package (root, 15 MB; a no-op when it is there)
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

unavailable() { echo "rclone not available: $1" >&2; exit 77; }

case "${1:-}" in
  install) debian_install rclone ;;
  *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac
