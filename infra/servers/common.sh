# What the three servers share. Each of postgres.sh, rabbitmq.sh and ceph.sh defines, with its name as prefix,
# _packages, _start, _stop, _crash, _running and _settings.

if [[ $EUID -eq 0 ]]; then
  dir=${THANOSQL_SERVERS_DIR:-/var/lib/thanosql-servers} # /root is closed to the users that the servers run as
else
  dir=${THANOSQL_SERVERS_DIR:-${XDG_STATE_HOME:-$HOME/.local/state}/thanosql-servers}
fi

say() { echo "servers: $*" >&2; }

die() { say "$*"; exit 1; }

as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    die "installing packages needs root or sudo: as root, run: bash infra/servers.sh install"
  fi
}

# Debian's packages must not start services of their own.
install_packages() {
  local server package missing=()
  for server in "$@"; do
    for package in $("${server}_packages"); do
      dpkg-query -W -f '${Status}\n' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
    done
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  say "installing ${missing[*]} …"
  as_root bash -c '
    set -e
    if [ ! -e /usr/sbin/policy-rc.d ]; then
      printf "#!/bin/sh\nexit 101\n" > /usr/sbin/policy-rc.d
      chmod +x /usr/sbin/policy-rc.d
      trap "rm -f /usr/sbin/policy-rc.d" EXIT
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update
    apt-get -q install -y --no-install-recommends "$@"' bash "${missing[@]}" >&2
}

# One start at a time in one folder; the servers themselves must not inherit the lock (9>&-).
prepare_dir() {
  mkdir -p "$dir"
  chmod 755 "$dir"
  dir=$(cd "$dir" && pwd)
  exec 9> "$dir/lock"
  flock 9
}

start_server() {
  local server=$1
  if ! "${server}_running"; then
    say "starting $server …"
    mkdir -p "$dir/$server"
    "${server}_start" 9>&- >&2
    (umask 077 && "${server}_settings" > "$dir/$server/settings")
  fi
  cat "$dir/$server/settings"
}

stop_server() {
  say "stopping $1 …"
  "${1}_stop" >&2
}

print_status() {
  if "${1}_running"; then
    echo "$1 running, port $(port "$1")"
  else
    echo "$1 stopped"
    return 1
  fi
}

# port NAME [DEFAULT]: from the environment, else the one this folder was started with, else DEFAULT, which it then remembers.
# Defaults lie below 32768: above it the kernel gives ports to clients, and a server that starts later may find its own taken.
port() {
  local variable file=$dir/ports/$1
  variable="THANOSQL_$(tr '[:lower:]-' '[:upper:]_' <<< "$1")_PORT"
  if [[ -n ${2:-} ]]; then
    mkdir -p "$dir/ports"
    [[ -z ${!variable:-} && -e $file ]] || echo "${!variable:-$2}" > "$file"
  fi
  cat "$file"
}

# secret FILE: made once.
secret() {
  [[ -e $1 ]] || (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' > "$1")
  cat "$1"
}

# alive PIDFILE PROGRAM: is that process there, and is it still that program?
alive() {
  local pid
  [[ -s $1 ]] && pid=$(head -n 1 "$1") && [[ $(cat "/proc/$pid/comm" 2> /dev/null) == "$2" ]] && ! gone "$pid"
}

# wait_until SECONDS COMMAND…
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [[ $SECONDS -lt $deadline ]] || return 1
    sleep 0.2
  done
}

# end PIDFILE PROGRAM: asks, waits, then insists.
end() {
  alive "$1" "$2" || return 0
  local pid
  pid=$(head -n 1 "$1")
  kill -TERM "$pid"
  if ! wait_until 20 gone "$pid"; then
    kill -KILL "$pid"
    wait_until 10 gone "$pid"
  fi
  rm -f "$1"
}

# crash PIDFILE
crash() {
  local pid
  pid=$(head -n 1 "$1")
  kill -KILL "$pid"
  wait_until 10 gone "$pid"
}

gone() { [[ ! -e /proc/$1 ]] || grep -q '^State:.Z' "/proc/$1/status" 2> /dev/null; }
