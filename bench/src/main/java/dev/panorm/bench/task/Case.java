package dev.panorm.bench.task;

import dev.panorm.Scope;
import java.util.List;

/** Tasks that share their memory. Its text is what {@code --cases} selects by. */
public interface Case {

  /** Allocates and draws the memory, and returns the tasks on it. */
  List<? extends Task> open(Scope scope);
}
