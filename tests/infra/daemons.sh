# Daemons of one server whose every file lies under one directory D; to be sourced. Needs $tool, the name in messages.
# OWNER, a process: once it is no more, however it ended, the server is stopped and D deleted.
# D/run/NAME.pid holds "pid starttime", so that a recycled pid is never signalled; D/log/NAME.out what the daemon said.

die() { echo "$tool: $*" >&2; exit 1; }
log() { echo "$tool: $*" >&2; }
now_ms() { date +%s%3N; }

# open_dir DIR MARK [create] - enters a directory that holds MARK, under its lock; false where there is none.
open_dir() {
  [ "${3:-}" != create ] || mkdir -p "$1"
  D=$(cd "$1" 2>/dev/null && pwd -P) || return 1
  if [ ! -e "$D/$2" ]; then
    [ "${3:-}" = create ] || return 1
    [ -z "$(ls -A "$D")" ] || die "$D is not empty and not ours"
    : >"$D/$2"
  fi
  exec 9>"$D/.lock"; flock -w 120 9 || die "another start or stop of $D is running"
  mkdir -p "$D/run" "$D/log"
}

starttime() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
alive() { local p s; [ -s "$D/run/$1.pid" ] || return 1; read -r p s <"$D/run/$1.pid"; [ -n "$s" ] && [ "$(starttime "$p")" = "$s" ] \
  && [ "$(sed 's/.*) //' "/proc/$p/stat" 2>/dev/null | cut -c1)" != Z ]; }
spawn() { # name cmd...   detached from the caller: own session, no inherited stdio, not the lock
  local n=$1; shift
  setsid "$@" </dev/null >>"$D/log/$n.out" 2>&1 9>&- &
  local p=$!; disown "$p"; echo "$p $(starttime "$p")" >"$D/run/$n.pid"
}
guard() {
  [ -n "${OWNER:-}" ] && ! alive guard || return 0
  spawn guard bash -c 'while [ -d "$2/run" ]; do kill -0 "$1" 2>/dev/null || exec bash "$0" stop "$2"; sleep 1; done' "$(readlink -f "$0")" "$OWNER" "$D"
}
tell() { local p _; alive "$1" || die "$1 is down"; read -r p _ <"$D/run/$1.pid"; kill "-$2" "$p"; } # name signal
end() { # name [signal] : TERM, wait 15 s, then KILL
  alive "$1" || { rm -f "$D/run/$1.pid"; return 0; }
  local p s i; read -r p s <"$D/run/$1.pid"; kill "-${2:-TERM}" "$p" 2>/dev/null || true
  for ((i = 0; i < 300; i++)); do alive "$1" || break; sleep 0.05; done
  alive "$1" && { log "$1 did not stop, SIGKILL"; kill -KILL "$p" 2>/dev/null || true; sleep 0.3; }
  rm -f "$D/run/$1.pid"
}
wait_for() { # what seconds cmd...
  local what=$1 t=$(( $(now_ms) + $2 * 1000 )); shift 2
  until "$@" >/dev/null 2>&1; do [ "$(now_ms)" -lt "$t" ] || die "timed out waiting for $what (see $D/log)"; sleep 0.05; done
}
status() { # name...
  local n p _; for n in "$@"; do if alive "$n"; then read -r p _ <"$D/run/$n.pid"
    echo "$n pid $p rss $(awk '/VmRSS/{print int($2/1024)}' "/proc/$p/status") MiB"; else echo "$n down"; fi; done
}
