package dev.panorm.ffi;

/** Where a native library is looked for, in the order in which the places are tried. */
public enum LibrarySource {
  /** The file that a system property names. */
  PROPERTY("system property"),
  /** A resource on the class path, unpacked into a private directory. */
  BUNDLED("bundled"),
  /** Whatever the operating system's own search finds under the library's usual names. */
  SYSTEM("system");

  private final String label;

  LibrarySource(String label) {
    this.label = label;
  }

  /** {@return the name for messages and reports} */
  public String label() {
    return label;
  }
}
