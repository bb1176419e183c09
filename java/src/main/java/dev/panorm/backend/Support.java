package dev.panorm.backend;

/** A backend's answer to a request. */
public sealed interface Support {

  /** It serves. */
  Support YES = new Yes();

  /** The backend serves the request. */
  record Yes() implements Support {}

  /**
   * The backend declines.
   *
   * @param reason why, in one sentence
   * @param remedy what the user can do about it, empty where nothing can be done
   */
  record No(String reason, String remedy) implements Support {

    @Override
    public String toString() {
      return remedy.isEmpty() ? reason : reason + " (" + remedy + ")";
    }
  }
}
