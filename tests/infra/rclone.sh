#!/usr/bin/env bash
# rclone of Debian, a widely used copier for object stores, which the storage benchmark measures itself against.
# Exit code 77, with one line that says why: it cannot be had here.
#
#   rclone.sh install            the apt package (root, 15 MB; a no-op when it is there)
set -euo pipefail

unavailable() { echo "rclone not available: $1" >&2; exit 77; }

cmd_install() {
  command -v rclone >/dev/null && return 0
  [ "$(id -u)" = 0 ] || unavailable "it is missing; run tests/infra/rclone.sh install as root"
  command -v apt-get >/dev/null || unavailable "it is missing and there is no apt-get to install it"
  export DEBIAN_FRONTEND=noninteractive
  local apt=(apt-get -o DPkg::Lock::Timeout=300 -q) log
  log=$(mktemp)
  { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends rclone; } >"$log" 2>&1 || command -v rclone >/dev/null \
    || unavailable "the package could not be installed (log: $log): $(tail -n1 "$log")"
  rm -f "$log"
}

case "${1:-}" in
  install) cmd_install ;;
  *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac
