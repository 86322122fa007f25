#!/usr/bin/env bash
# walk.sh idle|event|predict|schedule: starts the prepared service, does that one thing to it, waits for what comes of it, and ends it,
# $seconds after it began to listen or later: what happens by the clock alone happens in all walks alike.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"
trap kill_service EXIT

never='0 0 0 1 1 ? 2099'
soon='0 * * * * ?' # every minute: a run takes less, so that it fires once

event() {
  cp "$world/incoming/34-red.png" "$store/products/"
  until_true holds "count(*) = 1 FROM products WHERE image_path = 'products/34-red.png' AND keyword = 'red'"
}

predict() { statement 'SELECT predicted FROM (PREDICT USING colours AS SELECT * FROM unseen) p ORDER BY 1' | grep -qF '[[\"blue\"],[\"red\"]]'; }

schedule() { until_true holds "count(*) = 2 FROM products WHERE keyword_version = 2"; }

case $1 in
  schedule) pipeline "$soon" ;;
  *) pipeline "$never" ;;
esac
start_service
end=$((SECONDS + seconds))
sleep 8 # the sweep that begins with the service is over
[[ $1 == idle ]] || "$1"
sleep $((end > SECONDS ? end - SECONDS : 2))
stop_service
