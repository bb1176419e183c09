#!/bin/sh
# Everything that Panorm shows on a GPU, in one call: what the device is, every golden on it, the norm kernels beside a
# copy of the same size, and, where a python with torch and a CUDA or ROCm device is at hand, PyTorch's kernels on the
# same card in the same run.
#
#   bench/gpu.sh [folder of the goldens]        default: ../shared/goldens beside the repository
#
# Prints it all and writes bench/results/gpu-<device>.txt and .json. PYTHON names another python3. Fails where no GPU
# serves; with ANY_DEVICE=1 it runs on whatever OpenCL device there is.
set -eu

bench=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
goldens=${1:-$bench/../../shared/goldens}
results=$bench/results
mkdir -p "$results"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() {
  printf '\n== %s\n' "$*"
}

"$bench/panorm" info >"$work/info"
device=$(sed -n 's/^ *device: *//p' "$work/info" | head -n 1)
case ${ANY_DEVICE:-}$device in
  1*) ;;
  *'(GPU)'*) ;;
  *)
    cat "$work/info"
    printf 'gpu.sh: OpenCL shows no GPU, only "%s": install the vendor'\''s OpenCL driver and the ICD loader\n' "$device" >&2
    exit 1
    ;;
esac
name=$results/gpu-$(printf '%s' "$device" | tr -cs 'A-Za-z0-9' '-' | sed 's/-*$//')

# A pipe would hide the exit status.
failed=0
{
  say "device: $device"
  cat "$work/info"
  say 'goldens'
  "$bench/panorm" check --goldens "$goldens" --backend opencl || failed=1
  say 'kernels, by the clock of the device, beside a copy of the same size'
  "$bench/panorm" bench --suite opencl --large --json "$name.json" || failed=1
  python=${PYTHON:-python3}
  if "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
    say 'PyTorch on the same card'
    "$python" "$bench/gpu_torch.py" "$name.json" || failed=1
  else
    say 'PyTorch: no python with torch and a device for it; nothing to compare with'
  fi
  echo "$failed" >"$work/failed"
} >"$work/report" 2>&1
cat "$work/report"
cp "$work/report" "$name.txt"
printf '\nwritten: %s.txt and .json\n' "${name#"$bench"/}"
exit "$(cat "$work/failed")"
