#!/usr/bin/env bash
# From data to the bundled trunk and its figures, on a GPU where $PYTHON's torch sees one, else on the CPU. Started again after a stop, it goes on where it was.
#
# usage: bash pipelines/base-models/train.sh --data DIR --out DIR [--config FILE] [--minutes M] [--from FILE.safetensors (CPU only)]
# needs: torch, numpy, pillow, onnx. On a CPU: Debian 12's python3-torch python3-numpy python3-pil python3-onnx libopenblas0-pthread gcc; 12 GB of disk under --out
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-/usr/bin/python3}
data= out= config= minutes= from=
while (($#)); do
  case $1 in
    --data) data=$2 ;;
    --out) out=$2 ;;
    --config) config=$2 ;;
    --minutes) minutes=$2 ;;
    --from) from=$2 ;;
    *) echo "unknown argument $1" >&2; exit 2 ;;
  esac
  shift 2
done
[[ -n $data && -n $out ]] || { sed -n '4,5s/^# //p' "$0" >&2; exit 2; }
# one thread per process; freed memory is kept, not given back and faulted in again at every step (a tenth of the time)
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MALLOC_MMAP_THRESHOLD_=2000000000 MALLOC_TRIM_THRESHOLD_=4000000000
mkdir -p "$out/work"
if [[ -z $from ]] && "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
  "$python" "$here/gpu.py" --data "$data" --out "$out" ${config:+--config "$config"} ${minutes:+--minutes "$minutes"}
  exec "$python" "$here/probe.py" --trunk "$out/ConvNeXt_Atto.safetensors" --data "$data"
fi
config=${config:-$here/atto.json}
nice -n 10 "$python" "$here/prepare.py" --data "$data" --work "$out/work" --config "$config"
nice -n 10 "$python" "$here/train.py" --work "$out/work" --out "$out" --config "$config" ${minutes:+--minutes "$minutes"} ${from:+--from "$from"}
"$python" "$here/export.py" --out "$out" --config "$config" --file "$out/ConvNeXt_Atto.safetensors"
"$python" "$here/probe.py" --trunk "$out/ConvNeXt_Atto.safetensors" --data "$data" --flips
