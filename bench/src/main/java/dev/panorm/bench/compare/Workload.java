package dev.panorm.bench.compare;

import dev.panorm.bench.task.Case;
import dev.panorm.bench.task.NormCases;
import java.util.List;

/** The cases of a suite. */
public enum Workload {
  /** The norm family. */
  NORMS;

  /** Returns its cases, in order. */
  List<Case> cases() {
    return switch (this) {
      case NORMS -> NormCases.all();
    };
  }
}
