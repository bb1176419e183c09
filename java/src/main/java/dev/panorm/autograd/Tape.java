package dev.panorm.autograd;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One step of a computation: owns the results of every function that this thread calls while it is
 * open. When it closes, their memory goes back to the pool, so that a loop which opens a tape for
 * each step takes nothing from the operating system after its first rounds.
 *
 * {@snippet :
 * try (Tape tape = Tape.open()) {
 *   Variable loss = criterion.forward(network.forward(Variable.of(x)), target);
 *   loss.backward();
 *   optimizer.step();
 * }
 * }
 *
 * <p>Tapes may be nested; the innermost one owns what is made.
 */
public final class Tape implements AutoCloseable {

  private static final ThreadLocal<State> STATE = ThreadLocal.withInitial(State::new);

  private final Scope scope = Scope.open();
  private final @Nullable Tape outer;
  private boolean closed;

  /** What a thread has open. */
  private static final class State {
    @Nullable Tape current;
    boolean recording = true;
  }

  private Tape(@Nullable Tape outer) {
    this.outer = outer;
  }

  /** Opens a tape for this thread. */
  public static Tape open() {
    State state = STATE.get();
    state.current = new Tape(state.current);
    return state.current;
  }

  /**
   * Returns the scope of this thread's innermost tape, where functions put their results.
   *
   * @throws IllegalStateException if the thread has no open tape
   */
  public static Scope memory() {
    Tape tape = STATE.get().current;
    if (tape == null) {
      throw new IllegalStateException(
          "autograd: this thread has no open tape, expected try (Tape tape = Tape.open()) around"
              + " the step");
    }
    return tape.scope;
  }

  /** Returns whether functions are recorded for backward now; {@link NoGrad} turns it off. */
  public static boolean isRecording() {
    return STATE.get().recording;
  }

  static void setRecording(boolean recording) {
    STATE.get().recording = recording;
  }

  /** Returns the scope of this tape. */
  public Scope scope() {
    return scope;
  }

  /**
   * Returns the result of a function as a variable, with the way back where recording is on and an
   * input wants a gradient.
   *
   * @param value result, in {@link #memory()}
   */
  public static Variable record(Tensor value, Function function, Variable... inputs) {
    return wanted(inputs)
        ? new Variable(value, new Node(function, inputs, 1), 0)
        : Variable.of(value);
  }

  /** As {@link #record(Tensor, Function, Variable...)}, for several results. */
  public static List<Variable> record(List<Tensor> values, Function function, Variable... inputs) {
    if (!wanted(inputs)) {
      return values.stream().map(Variable::of).toList();
    }
    Node node = new Node(function, inputs, values.size());
    return IntStream.range(0, values.size())
        .mapToObj(i -> new Variable(values.get(i), node, i))
        .toList();
  }

  private static boolean wanted(Variable... inputs) {
    if (isRecording()) {
      for (Variable input : inputs) {
        if (input.requiresGrad()) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Ends every result of the step. A second call does nothing.
   *
   * @throws IllegalStateException if a tape that was opened later is still open, or the tape
   *     belongs to another thread
   */
  @Override
  public void close() {
    State state = STATE.get();
    if (state.current == this) {
      state.current = outer;
      closed = true;
      scope.close();
    } else if (!closed) {
      throw new IllegalStateException("tape: it is not this thread's innermost open tape");
    }
  }
}
