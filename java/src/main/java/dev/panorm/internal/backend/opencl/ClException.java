package dev.panorm.internal.backend.opencl;

import dev.panorm.PanormException;

/** What an OpenCL device or its driver refused; the message names operation, kernel and device. */
final class ClException extends PanormException {

  private static final long serialVersionUID = 1L;

  ClException(String message) {
    super(message);
  }

  ClException(String message, Throwable cause) {
    super(message, cause);
  }
}
