package dev.panorm.bench.task;

import dev.panorm.Tensor;
import dev.panorm.backend.NormPlan.Residual;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A norm in one direction.
 *
 * @param norm which
 * @param part what of it
 * @param data its memory
 */
public record NormTask(NormCase norm, Direction part, NormData data) implements Task {

  @Override
  public String op() {
    return norm.op();
  }

  @Override
  public String direction() {
    return part.toString();
  }

  @Override
  public String layout() {
    return norm.layout();
  }

  @Override
  public String shape() {
    return norm.sizes();
  }

  /**
   * x and y forward, x, dy and dx backward; a residual before the norm is read, its sum written.
   */
  @Override
  public long bytes() {
    long passes = part == Direction.BWD ? 3 : 2;
    if (adds()) {
      passes += part == Direction.BWD ? 1 : 2;
    }
    return passes * data.x().byteSize();
  }

  /** Returns whether a residual is added before the norm. */
  public boolean adds() {
    return norm.spec().residual() == Residual.BEFORE_NORM;
  }

  @Override
  public List<Tensor> results() {
    if (part != Direction.BWD) {
      return adds() ? List.of(data.y(), NormData.present(data.sum())) : List.of(data.y());
    }
    List<Tensor> results = new ArrayList<>(List.of(data.dx()));
    results.add(NormData.present(data.gradient().weight()));
    if (data.gradient().bias() != null) {
      results.add(data.gradient().bias());
    }
    return results;
  }

  @Override
  public String toString() {
    return norm + " " + part.toString().toLowerCase(Locale.ROOT);
  }
}
