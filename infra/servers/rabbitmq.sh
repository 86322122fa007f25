# RabbitMQ as a node of its own beside any that Debian's package runs: own name, cookie, epmd and configuration.
# It runs as the user who calls this script, and listens on loopback only.

rabbitmq_packages() { echo rabbitmq-server; }

rabbitmq_running() { alive "$dir/rabbitmq/pid" beam.smp; }

rabbitmq_start() {
  local home=$dir/rabbitmq
  port rabbitmq 26729 > /dev/null
  port rabbitmq-epmd 24369 > /dev/null
  port rabbitmq-node 24368 > /dev/null
  secret "$home/password" > /dev/null
  secret "$home/.erlang.cookie" > /dev/null
  chmod 400 "$home/.erlang.cookie"
  rabbitmq_write_configuration "$home"
  rm -f "$home/pid"
  rabbitmq_become setsid rabbitmq-server < /dev/null >> "$home/log/start" 2>&1 &
  disown
  wait_until 120 test -s "$home/pid" || die "RabbitMQ did not start: see $home/log"
  (rabbitmq_become rabbitmqctl -q wait --timeout 120 "$home/pid") || die "RabbitMQ did not start: see $home/log"
}

# Ceph sends events as guest, since it takes no password in an unencrypted address; guest may come from loopback only.
rabbitmq_write_configuration() {
  local home=$1
  mkdir -p "$home/log" "$home/mnesia"
  cat > "$home/rabbitmq.conf" << CONF
listeners.tcp.1 = 127.0.0.1:$(port rabbitmq)
loopback_users.guest = true
load_definitions = $home/definitions.json
log.file.level = info
vm_memory_high_watermark.relative = 0.3
disk_free_limit.absolute = 200MB
CONF
  (umask 077 && cat > "$home/definitions.json" << JSON
{ "vhosts": [{ "name": "/" }],
  "users": [
    { "name": "thanosql", "password": "$(cat "$home/password")", "tags": "administrator" },
    { "name": "guest", "password": "guest", "tags": "" }],
  "permissions": [
    { "user": "thanosql", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*" },
    { "user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*" }] }
JSON
  )
  echo '[].' > "$home/enabled_plugins"
  : > "$home/rabbitmq-env.conf"
}

# rabbitmq_become PROGRAM ARGUMENT…: Debian's wrappers insist on the user rabbitmq, the originals do not. Call it in a subshell, which
# turns into the program: a shell that waits for it would keep this script's output open as long as the server lives.
rabbitmq_become() {
  local home=$dir/rabbitmq path more=''
  # Milliseconds that a consumer may keep a message; looked at as often
  local most=${THANOSQL_RABBITMQ_CONSUMER_TIMEOUT:-}
  [[ -z $most ]] || more=" -rabbit consumer_timeout $most channel_tick_interval $most"
  path=$(printf '%s\n' /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin | sort -V | tail -n 1)
  cd "$home"
  exec env \
    HOME="$home" \
    RABBITMQ_NODENAME=thanosql@localhost \
    RABBITMQ_CONF_ENV_FILE="$home/rabbitmq-env.conf" \
    RABBITMQ_CONFIG_FILE="$home/rabbitmq" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" \
    RABBITMQ_MNESIA_BASE="$home/mnesia" \
    RABBITMQ_LOG_BASE="$home/log" \
    RABBITMQ_PID_FILE="$home/pid" \
    RABBITMQ_DIST_PORT="$(port rabbitmq-node)" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}$more" \
    ERL_EPMD_PORT="$(port rabbitmq-epmd)" \
    ERL_EPMD_ADDRESS=127.0.0.1 \
    PATH="$path:$PATH" "$@"
}

rabbitmq_stop() {
  end "$dir/rabbitmq/pid" beam.smp
  ERL_EPMD_PORT=$(port rabbitmq-epmd) epmd -kill > /dev/null || true # ours: the port is
}

rabbitmq_crash() { crash "$dir/rabbitmq/pid"; }

rabbitmq_settings() {
  echo "Bus__Transport=rabbitmq"
  echo "Bus__RabbitMq__Uri=amqp://thanosql:$(cat "$dir/rabbitmq/password")@127.0.0.1:$(port rabbitmq)/"
}
