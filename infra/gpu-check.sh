#!/usr/bin/env bash
# What the product makes of a card, against torch on the same card, in under five minutes: embedding, indexing from file to row, fine-tuning.
# `prepare` builds, where .NET is, what `run` needs on a machine without .NET and network: parts of at most 60 MiB in FOLDER, which may travel one
# by one. That machine has CUDA 13, cuDNN 9 (torch's own are found) and Python with torch; PYTHON names another interpreter than python3.
# usage: gpu-check.sh prepare|run [FOLDER]        FOLDER: artifacts/gpu-check
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

command=${1:-} folder=${2:-artifacts/gpu-check}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

prepare() {
  # CUDA: the build as users get it, whatever the variable says
  dotnet publish tests/ThanoSql.Benchmarks -c Release -p:Cuda=true -p:SelfContained=true -o "$work/program"
  mkdir -p "$folder"
  rm -f "$folder"/part.*
  tar -C "$work" -c program | xz -T0 -6 | split -b 60M -d - "$folder/part."
  (cd "$folder" && sha256sum part.* > sums)
  du -ch "$folder"/part.*
}

# Where torch's wheels keep CUDA and cuDNN
libraries() {
  "$1" - << 'PYTHON'
import glob, importlib.util, os
torch = importlib.util.find_spec("torch")
packages = os.path.dirname(os.path.dirname(torch.origin)) if torch else ""
folders = glob.glob(packages + "/nvidia/*/lib") + [packages + "/torch/lib"] if packages else []
print(":".join(folders + ["/usr/local/cuda/lib64"]))
PYTHON
}

run() {
  local python
  python=$(command -v "${PYTHON:-python3}")
  (cd "$folder" && sha256sum --quiet -c sums)
  cat "$folder"/part.* | "$python" -c 'import sys, tarfile; tarfile.open(fileobj=sys.stdin.buffer, mode="r|xz").extractall(sys.argv[1])' "$work"
  LD_LIBRARY_PATH=$(libraries "$python")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export LD_LIBRARY_PATH PYTHON=$python
  timeout 290 "$work/program/ThanoSql.Benchmarks" gpu
}

case $command in
  prepare | run) "$command" ;;
  *) sed -n 's/^# \(usage.*\)/\1/p' "$0" >&2; exit 2 ;;
esac
