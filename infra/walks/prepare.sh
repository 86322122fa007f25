#!/usr/bin/env bash
# What all walks begin with: a model in service, two indexed products, and pictures that nobody has looked at yet. No process stays.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"
trap kill_service EXIT

rm -rf "$world"
mkdir -p "$world"
drop_database
createdb --maintenance-db=postgres --template=template0 "$PGDATABASE"
pictures "$store/photos" 0 24
pictures "$store/new" 24 6
pictures "$store/unseen" 30 2
pictures "$store/products" 32 2
pictures "$world/incoming" 34 1
pipeline '0 0 0 1 1 ? 2098' # never: each walk sets its own
dotnet "$program/thanosql.dll" token create walks --scope admin --home "$world/home" | tail -n 1 > "$world/token"

start_service
statement 'CREATE TABLE products (image_path text PRIMARY KEY, created_at timestamptz DEFAULT now())'
statement "CREATE TABLE photos AS $(rows photos 0 24 | tr '\n' ' ')"
statement "CREATE TABLE unseen AS $(rows unseen 30 2 | tr '\n' ' ')"
statement "BUILD MODEL colours USING ConvNeXt_Tiny OPTIONS (image_col='image_path', label_col='label', epochs=1) AS SELECT image_path, label FROM photos"
until_true holds "count(*) = 2 FROM products WHERE keyword IS NOT NULL"
statement "INSERT INTO photos $(rows new 24 6 | tr '\n' ' ')"
stop_service
