#!/bin/sh
# Everything that Panorm shows on a GPU, in one call: what the device is, every golden on it, the norm kernels beside a
# copy of the same size, matrix products, and, where a python with torch and a CUDA or ROCm device is at hand, PyTorch's
# kernels on the same card in the same run.
#
#   bench/gpu.sh [folder of the goldens]        default: ../shared/goldens beside the repository
#   bench/gpu.sh pack FILE.tar.gz [folder]      packs what a machine like this one needs that has a GPU's driver and
#                                               neither Java nor Maven nor a network; there, in an empty folder:
#                                               tar xzf FILE.tar.gz && bench/gpu.sh
#
# Prints it all and writes bench/results/gpu-<device>.txt and .json. PYTHON names another python3. Fails where no GPU
# serves; with ANY_DEVICE=1 it runs on whatever OpenCL device there is, and with QUICK=1 it only shows that it runs.
set -eu

bench=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(dirname -- "$bench")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() {
  printf '\n== %s\n' "$*"
}

goldens_folder() {
  if [ -n "${1:-}" ]; then
    printf '%s\n' "$1"
  elif [ -d "$root/goldens" ]; then
    printf '%s\n' "$root/goldens" # of a pack
  else
    printf '%s\n' "$root/../shared/goldens"
  fi
}

# A Java that has what Panorm needs, the classes, the libraries, the goldens, and the OpenCL loader and CLBlast of this
# machine, which are used where the other has none.
pack() {
  "$bench/panorm" info >/dev/null # builds
  . "$root/native/jdk.sh"
  jdk=$(find_jdk_25)
  mkdir -p "$work/pack/bench" "$work/pack/lib" "$work/pack/native"
  "$jdk/bin/jlink" --output "$work/pack/jdk" --strip-debug --no-header-files --no-man-pages --add-modules \
    java.base,java.desktop,java.logging,java.management,java.xml,jdk.incubator.vector,jdk.management,jdk.unsupported
  for module in bench java native kernels; do
    cp -R "$root/$module/target/classes" "$work/pack/lib/$module"
  done
  IFS=:
  # shellcheck disable=SC2046 # a list of paths
  cp $(cat "$bench/target/classpath") "$work/pack/lib"
  unset IFS
  rm -f "$work"/pack/lib/openblas-*.jar # large, and not what is shown
  for library in libOpenCL.so.1 libclblast.so.1; do
    for file in /usr/lib/*/"$library" /usr/lib64/"$library" /usr/lib/"$library"; do
      [ ! -e "$file" ] || cp -L "$file" "$work/pack/native"
    done
  done
  cp "$bench/gpu.sh" "$bench/gpu_torch.py" "$work/pack/bench"
  cp -R "$goldens" "$work/pack/goldens"
  cat >"$work/pack/bench/panorm" <<'LAUNCHER'
#!/bin/sh
# Made by gpu.sh pack: runs Panorm on the Java that lies beside it. Properties stand before the subcommand.
home=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
properties=
while true; do
  case ${1:-} in
    -D*) properties="$properties $1" ;;
    *) break ;;
  esac
  shift
done
classes=$home/lib/bench:$home/lib/java:$home/lib/native:$home/lib/kernels
# shellcheck disable=SC2086 # several options in one variable
exec "$home/jdk/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
  --sun-misc-unsafe-memory-access=allow ${PANORM_OPTS:-} $properties \
  -classpath "$classes:$home/lib/*" dev.panorm.bench.PanormCommand "$@"
LAUNCHER
  chmod +x "$work/pack/bench/panorm"
  tar czf "$1" -C "$work/pack" .
  printf 'packed: %s\n' "$1"
}

# Where the loader of programs finds a library, nothing where it does not.
known_library() {
  PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | sed -n "s|.*[[:space:]]$1 .* => ||p" | head -n 1
}

# Where a library lies that it does not find.
hidden_library() {
  for file in /usr/local/nvidia/lib64/"$1" /usr/local/nvidia/lib/"$1" /usr/local/cuda/lib64/"$1" "$root/native/$1"; do
    if [ -e "$file" ]; then
      printf '%s\n' "$file"
      return
    fi
  done
}

# A machine may have a GPU's driver and lack the loader of OpenCL, or the file that tells the loader of the driver.
prepare_opencl() {
  for library in libOpenCL.so.1 libnvidia-opencl.so.1 libclblast.so.1; do
    file=$(known_library "$library")
    if [ -z "$file" ]; then
      file=$(hidden_library "$library")
      [ -z "$file" ] || folders=${folders:+$folders:}$(dirname -- "$file")
    fi
    if [ "$library" = libnvidia-opencl.so.1 ] && [ -n "$file" ] && [ -z "${OCL_ICD_VENDORS:-}" ] &&
      [ ! -e /etc/OpenCL/vendors/nvidia.icd ]; then
      mkdir "$work/vendors"
      printf '%s\n' "$file" >"$work/vendors/nvidia.icd"
      export OCL_ICD_VENDORS="$work/vendors"
    fi
  done
}

# The folders are Panorm's alone: PyTorch brings libraries of its own.
panorm() {
  if [ -n "$folders" ]; then
    LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folders "$bench/panorm" "$@"
  else
    "$bench/panorm" "$@"
  fi
}

if [ "${1:-}" = pack ]; then
  goldens=$(goldens_folder "${3:-}")
  pack "${2:?gpu.sh: pack needs the name of a file}"
  exit
fi

goldens=$(goldens_folder "${1:-}")
results=$bench/results
mkdir -p "$results"
folders=
prepare_opencl
panorm info >"$work/info"
device=$(sed -n 's/^ *device: *//p' "$work/info" | head -n 1)
case ${ANY_DEVICE:-}$device in
  1*) ;;
  *'(GPU)'*) ;;
  *)
    cat "$work/info"
    printf 'gpu.sh: OpenCL shows no GPU, only "%s"\n' "$device" >&2
    printf 'gpu.sh: install the OpenCL driver of its vendor and the ICD loader\n' >&2
    exit 1
    ;;
esac
name=$results/gpu-$(printf '%s' "$device" | tr -cs 'A-Za-z0-9' '-' | sed 's/-*$//')
suite='bench --suite opencl --large'
[ -z "${QUICK:-}" ] || suite='bench --suite opencl --quick'

# Printed at once, so that something is left where a later part is cut off. A pipe hides the exit status: a file tells.
failed=0
{
  say "device: $device"
  cat "$work/info"
  say 'goldens'
  panorm check --goldens "$goldens" --backend opencl || failed=1
  say 'kernels, by the clock of the device, beside a copy of the same size; matrix products'
  # shellcheck disable=SC2086 # several words
  panorm $suite --json "$name.json" || failed=1
  if grep -q 'on the device by CLBlast' "$work/info"; then
    say "goldens and matrix products by Panorm's own kernel instead of CLBlast"
    panorm -Dpanorm.opencl.gemm=tiles check --goldens "$goldens" --backend opencl || failed=1
    # shellcheck disable=SC2086 # several words
    panorm -Dpanorm.opencl.gemm=tiles $suite --cases '^gemm' --json "$name-tiles.json" || failed=1
  fi
  python=${PYTHON:-python3}
  if "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
    say 'PyTorch on the same card'
    "$python" "$bench/gpu_torch.py" "$name.json" || failed=1
  else
    say 'PyTorch: no python with torch and a device for it; nothing to compare with'
  fi
  echo "$failed" >"$work/failed"
} 2>&1 | tee "$name.txt"
printf '\nwritten: %s.txt and .json\n' "${name#"$bench"/}"
exit "$(cat "$work/failed")"
