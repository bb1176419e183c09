package dev.panorm.ffi;

/**
 * One place where a library was looked for in vain.
 *
 * @param source which kind of place
 * @param location the property, resource, path or name that was tried
 * @param reason why it did not serve
 */
public record LoadAttempt(LibrarySource source, String location, String reason) {

  @Override
  public String toString() {
    return source.label() + " " + location + ": " + reason;
  }
}
