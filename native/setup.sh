#!/bin/sh
# Prepares the system for Panorm: an OpenCL driver for the processor (PoCL), CLBlast and a C compiler are installed if
# none is there; a JDK 25 and Maven are only looked for. Says what it did or what to type. Running it again costs nothing.
set -eu

say() {
  printf 'setup: %s\n' "$*"
}

has_opencl() {
  [ "$(uname -s)" = Darwin ] && return 0
  [ -n "${OCL_ICD_VENDORS:-}" ] && return 0
  for driver in /etc/OpenCL/vendors/*.icd; do
    [ -e "$driver" ] || continue
    for loader in /usr/lib/*/libOpenCL.so.1 /usr/lib64/libOpenCL.so.1 /usr/lib/libOpenCL.so.1; do
      [ -e "$loader" ] && return 0
    done
  done
  return 1
}

# Runs a command as root, or says that it cannot.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    return 1
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

# A bare machine has no package lists yet, or old ones.
apt_install_or_update() {
  apt_install "$@" 2>/dev/null || { as_root apt-get update -qq >/dev/null && apt_install "$@"; }
}

install_opencl() {
  if command -v apt-get >/dev/null; then
    packages='pocl-opencl-icd ocl-icd-libopencl1'
    by_hand="apt-get install $packages"
    # shellcheck disable=SC2086 # a list of packages
    apt_install_or_update $packages || return 1
  elif command -v dnf >/dev/null; then
    by_hand='dnf install pocl ocl-icd'
    as_root dnf install -q -y pocl ocl-icd >/dev/null || return 1
  else
    by_hand='the package manager, for PoCL and an OpenCL ICD loader'
    return 1
  fi
  has_opencl
}

set_up_opencl() {
  if has_opencl; then
    say 'OpenCL: a driver is there'
    return
  fi
  say 'OpenCL: installing PoCL ...'
  if install_opencl; then
    say 'OpenCL: PoCL is installed'
  else
    say "OpenCL: none, and PoCL could not be installed here; as root, type: $by_hand"
    say 'OpenCL: until then Panorm serves from its other backends'
  fi
}

install_compiler() {
  if command -v apt-get >/dev/null; then
    by_hand='apt-get install gcc libc6-dev'
    apt_install_or_update gcc libc6-dev || return 1
  elif command -v dnf >/dev/null; then
    by_hand='dnf install gcc'
    as_root dnf install -q -y gcc >/dev/null || return 1
  else
    by_hand='the package manager, for a C compiler named cc'
    return 1
  fi
  command -v cc >/dev/null
}

set_up_compiler() {
  if command -v "${CC:-cc}" >/dev/null; then
    say "C compiler: $(command -v "${CC:-cc}")"
  elif install_compiler; then
    say 'C compiler: gcc is installed'
  else
    say "C compiler: none, and none could be installed here; as root, type: $by_hand"
    say 'C compiler: until then results larger than the caches take longer'
  fi
}

has_clblast() {
  for library in /usr/lib/*/libclblast.so.1 /usr/lib64/libclblast.so.1 /usr/lib/libclblast.so.1; do
    [ -e "$library" ] && return 0
  done
  return 1
}

install_clblast() {
  if command -v apt-get >/dev/null; then
    by_hand='apt-get install libclblast1'
    apt_install_or_update libclblast1 || return 1
  elif command -v dnf >/dev/null; then
    by_hand='dnf install clblast'
    as_root dnf install -q -y clblast >/dev/null || return 1
  else
    by_hand='the package manager, for CLBlast'
    return 1
  fi
  has_clblast
}

# Never needed: without it a GPU multiplies by Panorm's own kernel. A processor has no use for it but the tests.
set_up_clblast() {
  if has_clblast; then
    say 'CLBlast: it is there'
  elif install_clblast; then
    say 'CLBlast: installed, for matrix products on a GPU'
  else
    say "CLBlast: none, and none could be installed here; as root, type: $by_hand"
    say "CLBlast: until then matrix products on the GPU are those of Panorm's own kernel"
  fi
}

find_build_tools() {
  missing=0
  if jdk=$(find_jdk_25); then
    say "JDK 25: $jdk"
  else
    say "JDK 25: none; $jdk_advice"
    missing=1
  fi
  if command -v mvn >/dev/null; then
    say "Maven: $(command -v mvn)"
  else
    say 'Maven: none; install 3.8 or later, for example with the package maven'
    missing=1
  fi
  return "$missing"
}

. "$(dirname -- "$0")/jdk.sh"
set_up_opencl
set_up_compiler
set_up_clblast
find_build_tools
