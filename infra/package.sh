#!/usr/bin/env bash
# Makes the archive that installs without the .NET SDK: thanosql-VERSION-linux-x64[-cuda].tar.gz and SHA256SUMS. Needs the SDK and Node.js.
# usage: package.sh [--cuda] [--out FOLDER]        FOLDER: artifacts/package
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

usage() {
    sed -n '2,3s/^# //p' "${BASH_SOURCE[0]}"
    exit "$1"
}

cuda=false out=artifacts/package
while [[ $# -gt 0 ]]; do
    case $1 in
        --cuda) cuda=true ;;
        --out) out=${2:?--out needs a folder} && shift ;;
        --help) usage 0 ;;
        *) usage 2 >&2 ;;
    esac
    shift
done

version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
name=thanosql-$version-linux-x64
[[ $cuda == false ]] || name+=-cuda
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A build of its own: nothing of a developer's gets in, and nothing of it remains in the projects' folders
dotnet publish src/ThanoSql.Indexer --configuration Release --artifacts-path "$out/build" --output "$work/$name/program" \
    -p:SelfContained=true -p:Cuda=$cuda -p:DebugType=none -p:PublishDocumentationFiles=false -nodeReuse:false -verbosity:quiet

cp infra/package/install.sh infra/package/thanosql.service infra/package/thanosql.sysusers infra/package/thanosql.env infra/package/thanosql.sh "$work/$name"
cp docs/install.md LICENSE THIRD-PARTY-NOTICES.md "$work/$name"
echo "$version" >"$work/$name/VERSION"
chmod 755 "$work/$name/install.sh"

# The same bytes from the same files: order, owner and time are fixed
tar --directory "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct 2>/dev/null || echo 0)" --create "$name" \
    | gzip --no-name >"$out/$name.tar.gz"
(cd "$out" && sha256sum ./*.tar.gz | sed 's: \./: :' >SHA256SUMS)
du -h "$out/$name.tar.gz"
