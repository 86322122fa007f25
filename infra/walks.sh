#!/usr/bin/env bash
# How many files of src/ one passes to follow an event, a statement or a schedule from end to end: docs/development.md.
# usage: walks.sh [--list] [event|predict|schedule …]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

list=false walks=()
for argument in "$@"; do
  case $argument in
    --list) list=true ;;
    event | predict | schedule) walks+=("$argument") ;;
    *) sed -n 's/^# \(usage.*\)/\1/p' "$0" >&2; exit 2 ;;
  esac
done
[[ ${#walks[@]} -gt 0 ]] || walks=(event predict schedule)

work=$(mktemp -d)
export program=$work/program world=$work/world seconds=50
started=()
finish() {
  if declare -F drop_database > /dev/null; then drop_database > /dev/null 2>&1; fi
  if [[ ${#started[@]} -gt 0 ]]; then bash infra/servers.sh stop "${started[@]}"; fi
  rm -rf "$work"
}
trap finish EXIT

quietly() { "$@" > "$work/output" 2>&1 || { tail -n 60 "$work/output" >&2; exit 1; }; }

# Runs a walk under coverlet, and writes the files of src/ with a line that was hit
measure() {
  local coverage=$work/coverage.info
  quietly bash infra/walks/prepare.sh
  quietly dotnet build infra/walks/Coverage.csproj -t:Cover --no-restore -p:TargetPath="$program/thanosql.dll" -p:IncludeTestAssembly=true \
    -p:CoverletOutputFormat=lcov -p:CoverletOutput="$coverage" -p:Command="bash walk.sh $1"
  awk -v src="$PWD/src/" '
    /^SF:/ { file = substr($0, 4) }
    /^DA:/ { split($0, line, ","); if (line[2] > 0 && index(file, src) == 1 && file !~ /\/obj\//) print "src/" substr(file, length(src) + 1) }' \
    "$coverage" | LC_ALL=C sort -u > "$work/$1"
}

bash infra/servers.sh status postgres > /dev/null 2>&1 || started+=(postgres)
bash infra/servers.sh start postgres > "$work/settings"
export "$(grep Database__ConnectionString "$work/settings")"
source infra/walks/service.sh
quietly dotnet build src/ThanoSql.Indexer
quietly dotnet restore infra/walks/Coverage.csproj
cp -r src/ThanoSql.Indexer/bin/Debug/net10.0 "$program"

measure idle
printf '%-10s%4d files, which are not counted below\n' idle "$(wc -l < "$work/idle")"
for walk in "${walks[@]}"; do
  measure "$walk"
  LC_ALL=C comm -13 "$work/idle" "$work/$walk" > "$work/$walk.files"
  printf '%-10s%4d files\n' "$walk" "$(wc -l < "$work/$walk.files")"
  if $list; then cat "$work/$walk.files"; fi
done
