package dev.panorm.bench.compare;

/** Says why a contender, or one task of it, cannot be measured; never a reason to stop. */
public final class UnavailableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Creates the exception with a reason that ends a sentence. */
  public UnavailableException(String reason) {
    super(reason);
  }

  /** Creates the exception for what a library said. */
  public UnavailableException(Throwable cause) {
    super(cause.toString(), cause);
  }
}
