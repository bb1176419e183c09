package dev.panorm.autograd;

/**
 * A region of a thread in which functions are not recorded: inference, updates by hand.
 *
 * {@snippet :
 * try (Tape tape = Tape.open(); NoGrad _ = NoGrad.enter()) {
 *   Variable y = network.forward(Variable.of(x));
 * }
 * }
 */
public final class NoGrad implements AutoCloseable {

  private final boolean before;

  private NoGrad(boolean before) {
    this.before = before;
  }

  /** Stops recording until it closes. */
  public static NoGrad enter() {
    NoGrad region = new NoGrad(Tape.isRecording());
    Tape.setRecording(false);
    return region;
  }

  /** Returns to what was before. */
  @Override
  public void close() {
    Tape.setRecording(before);
  }
}
