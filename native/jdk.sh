# shellcheck shell=sh
# Sourced by the scripts that need a JDK 25, which is not always the java of the PATH.

# shellcheck disable=SC2034 # for whoever sources this
jdk_advice='install one, for example Temurin 25 or the package openjdk-25-jdk, or name it in JAVA_HOME'

is_jdk_25() {
  [ -x "$1/bin/javac" ] && grep -q '^JAVA_VERSION="25[".]' "$1/release" 2>/dev/null
}

# JAVA_HOME first, then the usual places.
find_jdk_25() {
  for jdk in "${JAVA_HOME:-}" "${JAVA25_HOME:-}" \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/local/java/* /opt/* /opt/java/* /opt/jdk/* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* "${HOME:-}"/.asdf/installs/java/* \
    "${HOME:-}"/.local/share/mise/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    if [ -n "$jdk" ] && is_jdk_25 "$jdk"; then
      printf '%s\n' "$jdk"
      return
    fi
  done
  return 1
}
