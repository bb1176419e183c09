package dev.panorm.ffi;

import java.util.Locale;

/**
 * Operating system and processor architecture, spelled as the classifiers of native jars spell
 * them.
 *
 * @param os {@code linux}, {@code macosx}, {@code windows}, or what the JVM calls anything else
 * @param arch {@code x86_64}, {@code arm64}, or what the JVM calls anything else
 */
public record NativePlatform(String os, String arch) {

  /** {@return the platform that this JVM runs on} */
  public static NativePlatform current() {
    return of(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static NativePlatform of(String osName, String osArch) {
    return new NativePlatform(
        normalizedOs(osName.toLowerCase(Locale.ROOT)),
        normalizedArch(osArch.toLowerCase(Locale.ROOT)));
  }

  /** {@return for example {@code linux-x86_64}} */
  public String classifier() {
    return os + "-" + arch;
  }

  /** {@return whether this is Linux} */
  public boolean isLinux() {
    return os.equals("linux");
  }

  private static String normalizedOs(String name) {
    if (name.startsWith("mac")) {
      return "macosx";
    }
    return name.startsWith("windows") ? "windows" : name.replace(' ', '-');
  }

  private static String normalizedArch(String name) {
    return switch (name) {
      case "amd64", "x86_64" -> "x86_64";
      case "aarch64", "arm64" -> "arm64";
      default -> name;
    };
  }
}
