#!/bin/sh
# The installed program as its own user, with the settings of the service.
[ "$(id -u)" -eq 0 ] || { echo "thanosql: run it as root: sudo thanosql …" >&2; exit 1; }
set -a
. /etc/thanosql/thanosql.env
set +a
cd /var/lib/thanosql || exit 1
exec runuser -u thanosql -- /opt/thanosql/thanosql "$@" --home /var/lib/thanosql
