#!/usr/bin/env bash
# promtool, which checks Prometheus' rules and runs tests of them, from Debian's package prometheus; nothing is installed on the host.
# Exit code 77, with one line that says why: it cannot be had here.
#
#   promtool.sh install            once (30 MB, 90 MB kept)
#   promtool.sh path               prints where the program is
#
# INHERITUNE_CACHE: where the program is kept (default ~/.cache/inheritune).
set -euo pipefail

cache=${INHERITUNE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inheritune}/promtool

unavailable() { echo "promtool not available: $1" >&2; exit 77; }

cmd_install() {
  [ ! -x "$cache/promtool" ] || return 0
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || unavailable "it comes from Debian's packages, and there is no apt-get"
  mkdir -p "$cache"
  exec 8>"$cache.lock"; flock 8
  [ ! -x "$cache/promtool" ] || return 0
  local work; work=$(mktemp -d "$cache/partial-XXXXXX")
  # Without a list of packages apt knows none; making one needs root.
  if ! (cd "$work" && { apt-get -qq download prometheus || { apt-get -qq -o DPkg::Lock::Timeout=300 update && apt-get -qq download prometheus; }; } \
      && dpkg-deb -x prometheus_*.deb . && usr/bin/promtool --version) >"$work/log" 2>&1; then
    local reason; reason=$(tail -n1 "$work/log")
    rm -rf "$work"
    unavailable "the package could not be fetched: $reason"
  fi
  mv "$work/usr/bin/promtool" "$cache/promtool"
  rm -rf "$work"
}

case "${1:-}" in
  install) cmd_install ;;
  path)
    [ -x "$cache/promtool" ] || unavailable "not installed; run tests/infra/promtool.sh install"
    echo "$cache/promtool" ;;
  *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac
