package dev.panorm;

/**
 * What the machine refused: a library that cannot be loaded, a device that fails, memory that is
 * not there.
 */
public class PanormException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Creates the exception with its message. */
  public PanormException(String message) {
    super(message);
  }

  /** Creates the exception with its message and what caused it. */
  public PanormException(String message, Throwable cause) {
    super(message, cause);
  }
}
