package dev.panorm.backend;

import dev.panorm.PanormException;

/**
 * No backend, or not the one that was asked for, serves a request; the message has every reason and
 * remedy.
 */
public final class BackendUnavailableException extends PanormException {

  private static final long serialVersionUID = 1L;

  /** Creates the exception with its message. */
  public BackendUnavailableException(String message) {
    super(message);
  }
}
