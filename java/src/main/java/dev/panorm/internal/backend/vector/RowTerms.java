package dev.panorm.internal.backend.vector;

import dev.panorm.backend.NormPlan;

/**
 * What turns a row's dz into its dx: dx = rstd · (dz · weight − offset − slope · c), where c = x −
 * centre and (c · rstd + shift) is the normalized x.
 */
final class RowTerms {

  float centre;
  float rstd;
  float shift;

  /** Known once the row's sums are. */
  float offset;

  /** Known once the row's sums are. */
  float slope;

  private float low;

  void of(BackwardCall call, long row) {
    centre = call.high(row);
    low = call.low(row);
    rstd = call.rstd(row);
    shift = -low * rstd;
  }

  /** Takes Σ g and Σ g · c of a row of {@code length} elements, g = dz · weight. */
  void take(NormPlan plan, long sums, long length) {
    double meanG = Lanes.getWide(sums) / length;
    double meanGc = Lanes.getWide(sums + Double.BYTES) / length - low * meanG;
    double factor = plan.projection(rstd) * rstd * rstd * meanGc;
    offset = (float) ((plan.centred() ? meanG : 0) - factor * low);
    slope = (float) factor;
  }
}
