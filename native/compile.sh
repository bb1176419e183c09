#!/bin/sh
# Compiles src/main/c into target/classes, where the loader finds it, if this is a machine that it is for. Without a C
# compiler Panorm is built all the same, and norms take longer.
set -eu
cd "$(dirname -- "$0")"

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=linux-x86_64 ;;
  *)
    echo "compile: no loops in C for $(uname -s) on $(uname -m)"
    exit 0
    ;;
esac
if ! command -v "${CC:-cc}" >/dev/null; then
  echo "compile: no C compiler (${CC:-cc}), so no loops in C"
  exit 0
fi

target=target/classes/dev/panorm/ffi/streaming/$platform
mkdir -p "$target"
"${CC:-cc}" -std=c17 -O3 -ffp-contract=off -fno-math-errno -fPIC -shared -Wall -Wextra -Werror \
  -o "$target/libpanorm-streaming.so" src/main/c/streaming.c
