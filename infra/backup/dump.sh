#!/usr/bin/env bash
# Dumps the database that DATABASE names (libpq: host=… user=… password=… dbname=…) into a folder, and keeps the last KEEP dumps (14).
# usage: dump.sh FOLDER
set -euo pipefail
folder=${1:?usage: dump.sh FOLDER}
file=$folder/thanosql-$(date --utc +%Y%m%dT%H%M%SZ).dump

trap 'rm -f "$file.part"' EXIT
pg_dump --format=custom --no-password --file="$file.part" --dbname="${DATABASE:?}"
pg_restore --list "$file.part" >/dev/null # whole, to its table of contents
mv "$file.part" "$file"
echo "$file: $(stat --format=%s "$file") bytes"

mapfile -t old < <(ls -1 "$folder"/thanosql-*.dump | sort --reverse | tail --lines=+$((${KEEP:-14} + 1)))
[[ ${#old[@]} -eq 0 ]] || rm -f -- "${old[@]}"
