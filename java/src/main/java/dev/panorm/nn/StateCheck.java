package dev.panorm.nn;

import dev.panorm.Tensor;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** The checks of {@link Module#loadStateDict}. */
final class StateCheck {

  private StateCheck() {}

  static void matches(Map<String, Tensor> own, Map<String, Tensor> state) {
    checkNames("lacks", own.keySet(), state.keySet());
    checkNames("has unknown", state.keySet(), own.keySet());
    own.forEach((name, tensor) -> checkLike(name, tensor, get(state, name)));
  }

  static Tensor get(Map<String, Tensor> state, String name) {
    return Objects.requireNonNull(state.get(name));
  }

  private static void checkNames(String what, Set<String> names, Set<String> among) {
    Set<String> rest = new TreeSet<>(names);
    rest.removeAll(among);
    if (!rest.isEmpty()) {
      throw new IllegalArgumentException(
          "loadStateDict: state " + what + " " + rest + ", expected the names of stateDict");
    }
  }

  private static void checkLike(String name, Tensor own, Tensor given) {
    if (!given.shape().equals(own.shape())
        || given.dtype().isFloating() != own.dtype().isFloating()) {
      throw new IllegalArgumentException(
          "loadStateDict: "
              + name
              + " is "
              + given
              + ", expected shape "
              + own.shape()
              + " of "
              + own.dtype());
    }
    given.storage().retain(); // a dead tensor must not be found out half-way
    given.storage().release();
  }
}
