# One service with all roles in a process, and what is done to it from outside. Needs $program and $world, folders of the built program
# and of the service's files, and the settings of servers.sh.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
store=$world/home/store/workspace
patience=300 # seconds

# What psql, createdb and dropdb read
part() { sed -n "s/.*$1=\([^;]*\).*/\1/p" <<< "$Database__ConnectionString"; }
PGHOST=$(part Host) PGPORT=$(part Port) PGUSER=$(part Username) PGPASSWORD=$(part Password)
export PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE=thanosql_walks

# What the service reads
export Database__ConnectionString="${Database__ConnectionString%Database=*}Database=$PGDATABASE"
export Indexing__Pipelines=$world/pipelines Training__TimeZone=UTC Models__Download=false
# What happens by the clock happens often, so that no run is without it
export Indexing__SweepSchedule='7/20 * * * * ?' Training__ScheduleInterval=00:00:05

start_service() {
  dotnet "$program/thanosql.dll" up --home "$world/home" --urls http://127.0.0.1:0 > "$world/log" 2>&1 &
  service=$!
  until_true grep -q 'Now listening on' "$world/log"
  address=$(sed -n 's/.*Now listening on: \(http[^ ]*\).*/\1/p' "$world/log")
}

stop_service() {
  kill -TERM "$service"
  wait "$service"
  service=
}

# For a trap: whatever went wrong, nothing keeps running.
kill_service() { if [[ -n ${service:-} ]]; then kill -KILL "$service"; fi; }

until_true() { # COMMAND…
  local last=$((SECONDS + patience))
  until "$@"; do
    if ((SECONDS > last)) || ! kill -0 "$service"; then
      printf 'walks: waited in vain for: %s\n' "$*" >&2
      tail -n 40 "$world/log" >&2
      exit 1
    fi
    sleep 0.2
  done
}

drop_database() {
  dropdb --if-exists --force --maintenance-db=postgres "$PGDATABASE"
  psql -qX -d postgres -c "DROP ROLE IF EXISTS ${PGDATABASE}_write, ${PGDATABASE}_query, ${PGDATABASE}_owner"
}

holds() { [[ $(psql -XAtc "SELECT $1") == t ]]; } # CONDITION

statement() { # SQL without double quotes
  curl -fsS -H "Authorization: Bearer $(cat "$world/token")" --data "{\"query_string\": \"$1\"}" "$address/api/v1/query"
}

pictures() { node "$here/pictures.mjs" "$1" "$2" "$3"; } # FOLDER FIRST COUNT

rows() { # PREFIX FIRST COUNT: a query of the paths and labels of such pictures
  echo "SELECT '$1/' || n || '-' || label || '.png' AS image_path, label
    FROM (SELECT n, CASE n % 2 WHEN 0 THEN 'red' ELSE 'blue' END AS label FROM generate_series($2, $2 + $3 - 1) n) pictures"
}

pipeline() { # SCHEDULE
  mkdir -p "$world/pipelines"
  cat > "$world/pipelines/products.yaml" << YAML
name: products
prefix: products/
table: products
rows: create
model:
  name: colours
  algorithm: ConvNeXt_Tiny
  train: SELECT image_path, label FROM photos
  image_col: image_path
  label_col: label
schedule: $1
promote:
  not_worse_by: 1
YAML
}
