# PostgreSQL refuses to run as root: root's runs as the user postgres that Debian's package makes.

postgres_packages() { echo postgresql; }

postgres_as() {
  if [[ $EUID -eq 0 ]]; then
    (cd / && runuser -u postgres -- "$@")
  else
    (cd / && "$@")
  fi
}

postgres_bin() { printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1; }

postgres_running() { alive "$dir/postgres/data/postmaster.pid" postgres; }

postgres_start() {
  local home=$dir/postgres bin
  bin=$(postgres_bin)
  port postgres 25432 > /dev/null
  secret "$home/password" > /dev/null
  if [[ $EUID -eq 0 ]]; then
    chown postgres: "$home" "$home/password"
    postgres_as test -w "$home" || die "the user postgres cannot enter $home: choose another folder with --dir"
  fi
  if [[ ! -e $home/data/PG_VERSION ]]; then
    postgres_as "$bin/initdb" -D "$home/data" -U thanosql -A scram-sha-256 --pwfile="$home/password" -E UTF8 --locale=C.UTF-8
    cat >> "$home/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
shared_buffers = 256MB
CONF
  fi
  postgres_as "$bin/pg_ctl" start -w -t 60 -D "$home/data" -l "$home/log" -o "-p $(port postgres)" ||
    die "PostgreSQL did not start: see $home/log"
}

postgres_stop() { postgres_as "$(postgres_bin)/pg_ctl" stop -w -m fast -D "$dir/postgres/data"; }

postgres_crash() { postgres_as "$(postgres_bin)/pg_ctl" stop -w -m immediate -D "$dir/postgres/data"; }

postgres_settings() {
  echo "Database__ConnectionString=Host=127.0.0.1;Port=$(port postgres);Username=thanosql;Password=$(cat "$dir/postgres/password");Database=postgres"
}
