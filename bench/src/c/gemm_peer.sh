#!/bin/sh
# Compiles gemm_peer.c, takes OpenBLAS out of the very jar that Panorm loads it from, and runs.
#
#   bench/src/c/gemm_peer.sh [threads]
#
# Needs gcc and unzip, and that bench/panorm has run once: it notes the jars in bench/target/classpath.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
target=$here/../../target
work=$target/gemm_peer
[ -e "$target/classpath" ] || {
  echo 'gemm_peer: run bench/panorm once, which builds' >&2
  exit 1
}
jar=$(tr ':' '\n' <"$target/classpath" | grep '/openblas-[^/]*-linux-[^/]*\.jar$' | head -n 1)
[ -n "$jar" ] || {
  echo 'gemm_peer: no OpenBLAS for Linux on the class path' >&2
  exit 1
}

mkdir -p "$work"
unzip -q -o -j "$jar" '*/libgcc_s.so.1' '*/libquadmath.so.0' '*/libgfortran.so.5' \
  '*/libopenblas.so.0' -d "$work" 2>/dev/null || [ -e "$work/libopenblas.so.0" ]
gcc -std=c17 -O2 -Wall -Wextra -Werror -o "$work/gemm_peer" "$here/gemm_peer.c" -ldl -lm

set -- "${1:-1}"
for library in libgcc_s.so.1 libquadmath.so.0 libgfortran.so.5 libopenblas.so.0; do
  [ ! -e "$work/$library" ] || set -- "$@" "$work/$library"
done
exec "$work/gemm_peer" "$@"
