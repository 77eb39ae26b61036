#!/usr/bin/env bash
# A real S3 server for the tests: Ceph RADOS Gateway of Debian, on loopback, with every file under one directory.
# No systemd, no root needed except for `install`. Exit code 77, with one line that says why: it cannot be had here.
#
#   ceph-rgw.sh install            apt packages (root, 70 MB; a no-op when they are there)
#   ceph-rgw.sh start DIR PORT     make the cluster if DIR is empty, start what is not running
#   ceph-rgw.sh stop  DIR          stop the daemons and delete DIR   (KEEP=1: keep DIR; `start` finds the objects again)
#   ceph-rgw.sh kill-rgw DIR       SIGKILL the gateway only (refused connections); `start` revives it
#   ceph-rgw.sh pause-osd DIR | resume-osd DIR   SIGSTOP / SIGCONT the store: requests hang, then go on
#   ceph-rgw.sh admin DIR ARG...   radosgw-admin ARG..., such as "quota set" or "user suspend"; the user is called test
#   ceph-rgw.sh status DIR
#
# start writes DIR/s3.env (S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY, S3_CA_FILE ...), prints it, exits 0
# once the gateway answers a request that needs the osd. Ports: PORT = S3, PORT+1 = mon, PORT+2..PORT+40 = osd; no mgr.
#
# Environment, all optional, remembered in DIR from the first start (objects of a memstore survive KEEP=1, not a SIGKILL):
#   STORE=memstore|bluestore   memstore (default): objects in RAM;  bluestore: sparse file DIR/osd/block
#   STORE_GIB=4                capacity of the store
#   S3_ACCESS_KEY, S3_SECRET_KEY   defaults testaccess / testsecret12345
#   TLS=1                      https on PORT with a throw-away CA (DIR/tls/ca.pem), SAN 127.0.0.1, localhost
#   STS=1                      also a token service: temporary keys for who shows a token of an identity provider
#   OWNER=PID                  a process that it ends with
#   RGW_THREADS=64             beast worker threads
set -euo pipefail

PKGS=(ceph-mon ceph-osd radosgw ceph-common openssl curl)

tool=ceph-rgw
. "$(dirname "${BASH_SOURCE[0]}")/daemons.sh"

unavailable() { echo "S3 server not available: $1" >&2; exit 77; }

have_bins() { local b; for b in ceph ceph-mon ceph-osd radosgw radosgw-admin monmaptool openssl curl; do
  command -v "$b" >/dev/null || return 1; done; }

cmd_install() {
  have_bins && return 0
  [ "$(id -u)" = 0 ] || unavailable "ceph-mon, ceph-osd and radosgw are missing; run tests/infra/ceph-rgw.sh install as root"
  command -v apt-get >/dev/null || unavailable "ceph-mon, ceph-osd and radosgw are missing and there is no apt-get to install them"
  export DEBIAN_FRONTEND=noninteractive
  local apt=(apt-get -o DPkg::Lock::Timeout=300 -q) log
  log=$(mktemp)
  # A broken unrelated package makes apt fail after ours are there.
  { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${PKGS[@]}"; } >"$log" 2>&1 || have_bins \
    || unavailable "the packages could not be installed (log: $log): $(tail -n1 "$log")"
  rm -f "$log"
  have_bins || unavailable "the packages of this distribution lack a part of it"
}

C() { command ceph -c "$D/ceph.conf" --connect-timeout 20 "$@"; }

write_conf() {
  local fsid=$1 ssl=""
  if [ "${TLS:-0}" = 1 ]; then make_tls; ssl="beast ssl_endpoint=127.0.0.1:$PORT ssl_certificate=$D/tls/server.pem ssl_private_key=$D/tls/server.key"
  else ssl="beast endpoint=127.0.0.1:$PORT"; fi
  ssl="$ssl tcp_nodelay=1"   # without it small GETs on a kept-alive connection stall 40 ms
  cat >"$D/ceph.conf" <<CONF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$((PORT + 1))]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
ms bind ipv4 = true
ms bind port min = $((PORT + 2))
ms bind port max = $((PORT + 40))
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
run dir = $D/run
crash dir = $D/run
admin socket =
pid file =
log file = $D/log/\$name.log
mon cluster log file = $D/log/cluster.log
err to stderr = true
log to syslog = false
max open files = 0
keyring = $D/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 2000
rgw thread pool size = ${RGW_THREADS:-64}
# tests, not petabytes
rgw dynamic resharding = false
rgw override bucket index max shards = 1
rgw enable usage log = false
rgw enable ops log = false
rgw frontends = $ssl
# buckets answer as BUCKET.s3.test as well; other host names mean path-style requests
rgw dns name = s3.test
${STS:+rgw s3 auth use sts = true}
${STS:+rgw sts key = abcdefghijklmnop}
rgw gc obj min wait = 5
rgw gc processor period = 5
rgw lc debug interval = 0
ms dispatch throttle bytes = 0
# default 5 s: made every start and restart wait one tick
objecter tick interval = 0.5
debug ms = 0
[mon]
mon data = $D/mon
paxos propose interval = 0.05
paxos min wait = 0.01
mon allow pool delete = true
mon data avail warn = 1
mon data avail crit = 0
mon osd nearfull ratio = .95
mon osd backfillfull ratio = .96
mon osd full ratio = .97
[osd]
osd data = $D/osd
osd objectstore = ${STORE:-memstore}
memstore device bytes = $(( ${STORE_GIB:-4} << 30 ))
memstore page set = true
memstore page size = 65536
bluestore block size = $(( ${STORE_GIB:-4} << 30 ))
bluestore block wal size = 0
bluestore block db size = 0
bluestore fsck on mount = false
osd memory target = 939524096
osd class default list = *
osd class load list = *
osd crush update on start = true
osd scrub begin hour = 0
osd fast shutdown = false
CONF
}

# cephx with one throw-away keyring: radosgw 16.2 cannot connect with "auth ... = none" (get_initial_auth_request -13)
make_keyring() {
  ( umask 077; rm -f "$D/keyring"; ceph-authtool -C "$D/keyring" -g -n mon. --cap mon 'allow *'
    ceph-authtool "$D/keyring" -g -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
    ceph-authtool "$D/keyring" -g -n client.rgw   --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
    ceph-authtool "$D/keyring" -g -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *' --cap mgr 'allow profile osd' ) >"$D/log/keyring.out" 2>&1
}

make_tls() {
  [ -s "$D/tls/server.pem" ] && return 0
  mkdir -p "$D/tls"
  ( cd "$D/tls"; umask 077
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=ceph-rgw test CA" \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.pem
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" -keyout server.key -out server.csr
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out server.pem \
      -extfile <(printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n')
  ) >"$D/log/openssl.out" 2>&1
}

# a bucket that does not exist: the answer (404, or 403) needs the osd, and a name asked once is not in the gateway's cache
http_up() { local s=http ca=() c; [ "${TLS:-0}" = 1 ] && { s=https; ca=(--cacert "$D/tls/ca.pem"); }
  c=$(curl -sS --noproxy '*' -m 2 "${ca[@]}" -o /dev/null -w '%{http_code}' "$s://127.0.0.1:$PORT/ready-$RANDOM$RANDOM$RANDOM/"); [ "$c" = 404 ] || [ "$c" = 403 ]; }

cmd_start() {
  [ $# = 2 ] || die "usage: $0 start DIR PORT"
  [[ $2 =~ ^[0-9]+$ ]] && [ "$2" -gt 1023 ] && [ "$2" -lt 65400 ] || die "bad port: $2"
  have_bins || unavailable "not installed; run tests/infra/ceph-rgw.sh install as root"
  open_dir "$1" .ceph-rgw create; PORT=$2
  guard
  [ -s "$D/.ceph-rgw" ] || echo "$PORT" >"$D/.ceph-rgw"
  [ "$(cat "$D/.ceph-rgw")" = "$PORT" ] || die "$D was made for port $(cat "$D/.ceph-rgw")"
  local t0; t0=$(now_ms)
  [ -e "$D/.made" ] || ( umask 077; declare -p STORE STORE_GIB S3_ACCESS_KEY S3_SECRET_KEY TLS STS RGW_THREADS 2>/dev/null | sed 's/^declare -[^ ]* //' >"$D/.env" || true )
  . "$D/.env"
  local ak=${S3_ACCESS_KEY:-testaccess} sk=${S3_SECRET_KEY:-testsecret12345}
  start_all "$ak" "$sk"
  local scheme=http ca=; [ "${TLS:-0}" = 1 ] && { scheme=https; ca=$D/tls/ca.pem; }
  cat >"$D/s3.env" <<ENV
S3_ENDPOINT=127.0.0.1:$PORT
S3_URL=$scheme://127.0.0.1:$PORT
S3_ACCESS_KEY=$ak
S3_SECRET_KEY=$sk
S3_REGION=us-east-1
S3_CA_FILE=$ca
ENV
  log "ready on $scheme://127.0.0.1:$PORT after $(( $(now_ms) - t0 )) ms"
  cat "$D/s3.env"
}

start_all() {
  local fresh=0 fsid
  if [ ! -e "$D/.made" ]; then
    # a half-made cluster is thrown away and made again
    for n in rgw osd mon; do end $n KILL; done
    rm -rf "$D/mon" "$D/osd" "$D/monmap"; mkdir -p "$D/mon" "$D/osd"; make_keyring; fresh=1
    fsid=$(cat /proc/sys/kernel/random/uuid); write_conf "$fsid"
    monmaptool --create --clobber --fsid "$fsid" --addv a "[v2:127.0.0.1:$((PORT + 1))]" "$D/monmap" >"$D/log/mkfs.out" 2>&1 || die "monmaptool: $(tail -3 "$D/log/mkfs.out")"
    ceph-mon -c "$D/ceph.conf" --mkfs -i a --monmap "$D/monmap" --keyring "$D/keyring" >>"$D/log/mkfs.out" 2>&1 || die "mon mkfs: $(tail -3 "$D/log/mkfs.out")"
  else
    write_conf "$(sed -n 's/^fsid = //p' "$D/ceph.conf")"
  fi
  alive mon || spawn mon ceph-mon -c "$D/ceph.conf" -f -i a
  if [ $fresh = 1 ]; then
    local uuid; uuid=$(cat /proc/sys/kernel/random/uuid)
    [ "$(C osd new "$uuid" 2>>"$D/log/mkfs.out")" = 0 ] || die "osd new: $(tail -3 "$D/log/mkfs.out" "$D/log/mon.out")"
    ceph-osd -c "$D/ceph.conf" -i 0 --mkfs --osd-uuid "$uuid" >>"$D/log/mkfs.out" 2>&1 || die "osd mkfs: $(tail -3 "$D/log/mkfs.out")"
  fi
  alive osd || spawn osd ceph-osd -c "$D/ceph.conf" -f -i 0
  if [ $fresh = 1 ]; then
    # waits by itself for the osd and its pools; makes the default zone as well
    timeout 60 radosgw-admin -c "$D/ceph.conf" -n client.rgw user create --uid=test --display-name=test --access-key="$1" --secret-key="$2" --max-buckets=0 \
      >"$D/log/user.json" 2>"$D/log/user.err" || die "user create: $(tail -3 "$D/log/user.err" "$D/log/osd.out")"
    touch "$D/.made"
  fi
  alive rgw || spawn rgw radosgw -c "$D/ceph.conf" -f -n client.rgw
  wait_for "radosgw on port $PORT" 60 http_up
  for n in mon osd rgw; do alive $n || die "$n died: $(tail -3 "$D/log/$n.out")"; done
}

cmd_stop() {
  [ $# = 1 ] || die "usage: $0 stop DIR"
  open_dir "$1" .ceph-rgw || { log "nothing at $1"; return 0; }
  end rgw
  if [ "${KEEP:-0}" = 1 ]; then end osd; else end osd KILL; fi   # nothing to save when DIR is deleted next
  end mon
  [ "${KEEP:-0}" = 1 ] || rm -rf -- "$D"
}

admin() { timeout 60 radosgw-admin -c "$D/ceph.conf" -n client.rgw "$@" >>"$D/log/admin.out" 2>&1 || die "radosgw-admin $1: $(tail -3 "$D/log/admin.out")"; }
case "${1:-}" in
  install) cmd_install ;;
  start) shift; cmd_start "$@" ;;
  stop) shift; cmd_stop "$@" ;;
  kill-rgw|pause-osd|resume-osd|admin|status)
    open_dir "${2:?DIR}" .ceph-rgw || die "nothing at $2"
    case $1 in
      kill-rgw) end rgw KILL ;;
      pause-osd) tell osd STOP ;;
      resume-osd) tell osd CONT ;;
      admin) shift 2; admin "$@" ;;
      status) status mon osd rgw ;;
    esac ;;
  *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac
