#!/usr/bin/env bash
# Installs ThanoSql.Indexer from this folder, or brings an installation up to date: /opt/thanosql, a systemd service, the command `thanosql`.
# Settings and data are left as they are. The program that was there is kept in /opt/thanosql.previous.
# usage: install.sh [--root FOLDER]        --root: lays the files out below FOLDER, for an image; starts nothing
set -euo pipefail
from=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

root=
case ${1:-} in
    '') ;;
    --root) root=${2:?--root needs a folder} ;;
    *) sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
esac
fail() {
    echo "install.sh: $*" >&2
    exit 1
}
[[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || fail "this archive is for Linux on x64."
if [[ -z $root ]]; then
    [[ $EUID -eq 0 ]] || fail "run it as root: sudo $0"
    command -v systemctl >/dev/null || fail "systemd is missing. Without it, run the program itself: $from/program/thanosql up"
fi

target=$root/opt/thanosql
install -d "$root/opt" "$root/etc/systemd/system" "$root/usr/lib/sysusers.d" "$root/usr/local/bin"
# First whole beside, then in place: a copy that is cut off leaves the old program running
rm -rf "$target.new"
cp -a "$from/program" "$target.new"
if [[ -e $target ]]; then
    rm -rf "$target.previous"
    mv "$target" "$target.previous"
fi
mv "$target.new" "$target"
install -m 644 "$from/thanosql.service" "$root/etc/systemd/system/thanosql.service"
install -m 644 "$from/thanosql.sysusers" "$root/usr/lib/sysusers.d/thanosql.conf"
install -m 755 "$from/thanosql.sh" "$root/usr/local/bin/thanosql"
install -d -m 750 "$root/etc/thanosql"
[[ -e $root/etc/thanosql/thanosql.env ]] || install -m 640 "$from/thanosql.env" "$root/etc/thanosql/thanosql.env"
[[ -z $root ]] || exit 0

chown -R root:root "$target"
systemd-sysusers /usr/lib/sysusers.d/thanosql.conf
systemctl daemon-reload
systemctl try-restart thanosql.service
cat <<'TEXT'
Installed. Settings: /etc/thanosql/thanosql.env
  systemctl enable --now thanosql     starts it, now and at each boot
  thanosql token create NAME          a token for a client
  thanosql link                       a link that opens the page and signs in
TEXT
