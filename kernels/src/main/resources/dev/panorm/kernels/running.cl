// Running statistics of the channel family, and statistics that were given instead of measured.
//
//   given_statistics   the mean and variance that inference uses, in the form that forward saves: mean, low = 0, rstd
//
// Launch: one item per channel.

#include "moments.cl"

// old <- (1 - momentum) old + momentum new, where there is something to update. The variance is the unbiased one
// where `unbiased` is 1, and eps belongs to it with
// EPS_IN_VARIANCE.
INLINE void update_running(Moments all, __global REAL *running_mean, __global REAL *running_var, long channel,
                           double momentum, int unbiased, double eps, int eps_mode) {
  if (running_mean) {
    double biased = all.m2 / all.count + (eps_mode == EPS_IN_VARIANCE ? eps : 0);
    double variance = unbiased ? biased * (all.count / (all.count - 1)) : biased;
    running_mean[channel] = (REAL)((1 - momentum) * running_mean[channel] + momentum * all.mean);
    running_var[channel] = (REAL)((1 - momentum) * running_var[channel] + momentum * variance);
  }
}

__kernel void given_statistics(const long channels, __global const REAL *given_mean,
                               __global const REAL *given_var, __global REAL *mean, __global REAL *mean_low,
                               __global REAL *rstd, const double eps, const int eps_mode) {
  long channel = get_global_id(0);
  if (channel < channels) {
    mean[channel] = given_mean[channel];
    mean_low[channel] = 0;
    rstd[channel] = (REAL)reciprocal_deviation(given_var[channel], eps, eps_mode);
  }
}
