package dev.panorm.autograd;

import dev.panorm.Tensor;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The inputs of a function some of which are optional, and the gradients that they want. */
final class Inputs {

  private final Variable[] present;

  private Inputs(Variable[] present) {
    this.present = present;
  }

  static Inputs of(@Nullable Variable... inputs) {
    return new Inputs(Arrays.stream(inputs).filter(Objects::nonNull).toArray(Variable[]::new));
  }

  Variable[] present() {
    return present;
  }

  /** Returns room for the gradient of an input, null where it is absent or wants none. */
  @Nullable Tensor room(Gradients gradients, @Nullable Variable input) {
    return input != null && gradients.wants(index(input)) ? gradients.room(input) : null;
  }

  /** Gives an input the gradient that its room received. */
  void give(Gradients gradients, @Nullable Variable input, @Nullable Tensor gradient) {
    if (input != null && gradient != null) {
      gradients.give(index(input), Variable.of(gradient));
    }
  }

  private int index(Variable input) {
    return Arrays.asList(present).indexOf(input);
  }
}
