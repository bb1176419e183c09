package dev.panorm.nn;

/** What a BatchNorm averages over the batches, beside the mean. */
public enum RunningStat {
  /** The variance: Ioffe and Szegedy 2015, PyTorch. */
  VARIANCE,
  /** The standard deviation; what is stored is its square. */
  STD;

  /** Returns the stored variance after a batch whose statistic counts {@code share}. */
  double updated(double stored, double batch, double share) {
    if (this == VARIANCE) {
      return stored + share * (batch - stored);
    }
    double deviation = Math.sqrt(stored);
    double averaged = deviation + share * (Math.sqrt(batch) - deviation);
    return averaged * averaged;
  }
}
