#!/usr/bin/env bash
# For /docker-entrypoint-initdb.d of the postgres image: makes the roles, with thanosql as the plain owner that the service connects as. The superuser
# keeps no password: it gets in from inside the container alone.
set -euo pipefail

sql() { psql --set=ON_ERROR_STOP=1 --quiet --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" "$@"; }

PGOPTIONS='-c thanosql.owner=thanosql' sql --file="${THANOSQL_ROLES:-/thanosql/roles.sql}" > /dev/null
sql --set=password="$POSTGRES_PASSWORD" --set=superuser="$POSTGRES_USER" <<'SQL'
ALTER ROLE thanosql PASSWORD :'password';
ALTER ROLE :"superuser" PASSWORD NULL;
SQL
