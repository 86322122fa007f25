#!/usr/bin/env bash
# Runs PostgreSQL, RabbitMQ and Ceph's S3 gateway from Debian's packages on loopback, without a container engine:
# for development, tests and CI. Nothing here is meant for production.
set -euo pipefail
export LC_ALL=C.UTF-8

usage() {
  cat <<'USAGE'
usage: servers.sh start|stop|crash|status|env [postgres|rabbitmq|ceph ...] [--dir FOLDER]
       servers.sh install [postgres|rabbitmq|ceph|nginx|chromium|python|heif ...]

  start    installs missing Debian packages (as root or with sudo), starts servers and prints their settings; does nothing twice
  stop     ends the servers that were started in FOLDER, and nothing else; their data stays, but Ceph's, which is in memory
  crash    ends them without warning, as a power cut would
  status   one line for each server; exit code 1 when one does not run
  env      the settings of the running servers as KEY=value lines: export $(servers.sh env)
  install  only the packages

FOLDER is ${XDG_STATE_HOME:-~/.local/state}/thanosql-servers, or /var/lib/thanosql-servers for root, or $THANOSQL_SERVERS_DIR.
Ports: THANOSQL_POSTGRES_PORT, THANOSQL_RABBITMQ_PORT, THANOSQL_CEPH_PORT … ; a folder remembers those it was started with.
USAGE
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/servers/common.sh"
source "$here/servers/postgres.sh"
source "$here/servers/rabbitmq.sh"
source "$here/servers/ceph.sh"
source "$here/servers/nginx.sh"
source "$here/servers/chromium.sh"
source "$here/servers/python.sh"
source "$here/servers/heif.sh"
known=(postgres rabbitmq ceph)
programs=(nginx chromium python heif) # installed with the servers, and started by whoever needs one

main() {
  local action=${1:-} server failed=0
  local servers=()
  [[ $# -gt 0 ]] && shift
  while [[ $# -gt 0 ]]; do
    case $1 in
      --dir) dir=${2:?--dir needs a folder}; shift ;;
      *)
        [[ " ${known[*]} " == *" $1 "* || $action == install && " ${programs[*]} " == *" $1 "* ]] || { usage >&2; return 2; }
        servers+=("$1")
        ;;
    esac
    shift
  done
  if [[ ${#servers[@]} -eq 0 ]]; then
    servers=("${known[@]}")
    [[ $action != install ]] || servers+=("${programs[@]}")
  fi

  case $action in
    install) install_packages "${servers[@]}" ;;
    start)
      install_packages "${servers[@]}"
      prepare_dir
      for server in "${servers[@]}"; do start_server "$server"; done
      ;;
    stop)
      [[ -d $dir ]] || return 0
      for server in "${servers[@]}"; do if "${server}_running"; then stop_server "$server"; fi; done
      ;;
    crash) for server in "${servers[@]}"; do if "${server}_running"; then "${server}_crash" >&2; fi; done ;;
    status) for server in "${servers[@]}"; do print_status "$server" || failed=1; done ;;
    env) for server in "${servers[@]}"; do if "${server}_running"; then cat "$dir/$server/settings"; fi; done ;;
    *) usage >&2; return 2 ;;
  esac
  return "$failed"
}

main "$@"
