/*
 * Sets of runs that share statistics, from these to the result in one call: a channel in all samples (BatchNorm NCHW),
 * or adjacent channels in one sample (GroupNorm NCHW). Macros as for streaming.h.
 */

/* The way from channel c of a sample to the one before it in memory, where the processor's own prefetching does not find it:
   0 within a single sample. */
#define BEFORE(c, channels, n, samples, stride) \
  ((samples) == 1 ? 0 : (c) > 0 ? -(n) : ((channels)-1) * (n) - (stride))

/* Whether runs are added up one by one, by add_short_products. */
#define SHORT(samples, n) ((samples) == 1 && (n) <= CHUNK)

/* Sums of a set: short runs together as long as float32 can hold the sums, long ones in chunks. */
INLINE void NAME(set_sums)(const float *x, int64_t runs, int64_t stride, int64_t n, float shift, double *sums,
                           int ahead) {
  const int64_t together = n > CHUNK ? 1 : CHUNK / n;
  for (int64_t r = 0; r < runs; r += together) {
    for (int64_t i = 0; i < n; i += CHUNK) {
      NAME(add_moments)(x + r * stride + i, runs - r < together ? runs - r : together, stride,
                        n - i < CHUNK ? n - i : CHUNK, shift, sums, ahead ? n - i : 0, runs > 1 ? stride - n : 0);
    }
  }
}

INLINE int NAME(set_moments)(const float *x, int64_t runs, int64_t stride, int64_t n, double eps, int centred,
                             int ahead, double *moments) {
  double sums[2] = {0, 0};
  const float shift = centred ? (float)sample_mean(x, runs, stride, n) : 0;
  NAME(set_sums)(x, runs, stride, n, shift, sums, ahead);
  const double m = (double)(runs * n), delta = centred ? sums[0] * (1 / m) : 0;
  moments[0] = shift + delta;
  moments[1] = centred ? sums[1] * (1 / m) - delta * delta : sums[1] / m;
  return stands(delta, moments[1], eps);
}

/* Scale and shift of a channel: z = (x - high) * scale + shift. */
INLINE void NAME(channel_terms)(float weight, float bias, float low, float rstd, float *terms) {
  terms[0] = rstd * weight;
  terms[1] = (float)(bias - (double)low * terms[0]);
}

INLINE int NAME(set_forward)(const float *x, float *y, int64_t samples, int64_t stride, int64_t channels, int64_t n,
                             const float *weight, const float *bias, double eps, int centred, double *moments,
                             const float *after, int activation, int streams) {
  const int64_t whole = channels * n;
  const int adjacent = stride == whole;
  if (!NAME(set_moments)(x, adjacent ? 1 : samples, stride, adjacent ? samples * whole : whole, eps, centred,
                         streams && whole >= LONG, moments)) {
    return 0;
  }
  const float high = (float)moments[0], low = (float)(moments[0] - high), rstd = (float)(1 / sqrt(moments[1] + eps));
  for (int64_t s = samples - 1; s >= 0; s--) {
    for (int64_t c = channels - 1; c >= 0; c--) {
      const int64_t at = s * stride + c * n, soon = streams ? BEFORE(c, channels, n, samples, stride) : 0;
      float terms[2];
      NAME(channel_terms)(weight[c], bias[c], low, rstd, terms);
      NAME(run_result)(x + at, y + at, n, high, terms[0], terms[1], after ? after + at : 0, activation, soon, streams);
    }
  }
  return 1;
}

/* Normalizes channels of n elements in samples that stand stride elements apart, with what follows, and says whether it
   could: not where one pass over the data does not give their mean and variance, which it puts into moments. The results
   are written from the last to the first, since what was read last is still near. */
TARGET int NAME(normalize_set)(const float *x, float *y, int64_t samples, int64_t stride, int64_t channels, int64_t n,
                               const float *weight, const float *bias, double eps, int centred, double *moments,
                               const float *after, int activation, int streams) {
#define SET(after, activation, streams) \
  NAME(set_forward)(x, y, samples, stride, channels, n, weight, bias, eps, centred, moments, after, activation, streams)
  if (after || activation) return streams ? SET(after, activation, 1) : SET(after, activation, 0);
  return streams ? SET(0, 0, 1) : SET(0, 0, 0);
#undef SET
}

/* y = (x - centre) * scale + shift of adjacent runs of n elements, each with these three terms, and what follows */
TARGET void NAME(normalize_runs)(const float *x, float *y, int64_t runs, int64_t n, const float *terms,
                                 const float *after, int activation, int streams) {
#define RUN(after, activation, streams) \
  NAME(run_result)(x + r * n, y + r * n, n, terms[3 * r], terms[3 * r + 1], terms[3 * r + 2], after, activation, 0, streams)
  for (int64_t r = 0; r < runs; r++) {
    const float *added = after ? after + r * n : 0;
    if (streams) {
      RUN(added, activation, 1);
    } else if (added || activation) {
      RUN(added, activation, 0);
    } else {
      RUN(0, 0, 0);
    }
  }
#undef RUN
}

/* dz of runs whose elements fit a chunk, by way of their z; terms of a run stand step elements behind those before. */
INLINE void NAME(differentiate_runs)(const float *x, const float *dy, float *dz, int64_t runs, int64_t stride,
                                     int64_t dz_stride, int64_t n, float centre, const float *terms, int64_t step,
                                     const float *after, int activation, float *kept, int streams) {
  float z[CHUNK];
  for (int64_t r = 0; r < runs; r++) {
    const float *t = terms + r * step;
    NAME(run_linear)(x + r * stride, z + r * n, n, centre, t[0], t[1], after ? after + r * stride : 0, 0, 0, 0);
  }
  const int64_t together = stride == n ? runs : 1;
  for (int64_t r = 0; r < runs; r += together) {
    NAME(differentiate)(z + r * n, dy + r * stride, dz + r * dz_stride, together * n, activation);
    if (kept) NAME(keep)(dz + r * dz_stride, kept + r * stride, together * n, streams);
  }
}

/* Adds the sums of dz and of dz * c to sums, c = x - centre, as add_moments goes over its runs, and asks ahead in x and dy;
   gate is a scale and a shift as in column_gradient_sums, or absent. */
INLINE void NAME(add_products)(const float *x, const float *dy, const float *dz, int64_t runs, int64_t stride,
                               int64_t dz_stride, int64_t n, float centre, const float *gate, double *sums,
                               int64_t left, int64_t skip) {
  if (n < LANES) {
    double a = 0, q = 0;
    for (int64_t r = 0; r < runs; r++, x += stride, dz += dz_stride) {
      for (int64_t i = 0; i < n; i++) {
        const float c = x[i] - centre;
        const double g = NAME(passed)(c, dz[i], gate);
        a += g;
        q += g * c;
      }
    }
    sums[0] += a;
    sums[1] += q;
    return;
  }
  const V h = SET1(centre), scale = SET1(gate ? gate[0] : 0), shift = SET1(gate ? gate[1] : 0);
  V a[CHAINS] = {0}, q[CHAINS] = {0};
  for (int64_t r = 0; r < runs; r++, x += stride, dy += stride, dz += dz_stride) {
    int64_t i = 0;
    for (; i + CHAINS * LANES <= n; i += CHAINS * LANES) {
      const int64_t next = LATER(i, left, skip);
      for (int c = 0; c < CHAINS; c++) {
        if (left) AFTER(x + next + c * LANES);
        if (left) AFTER(dy + next + c * LANES);
        const V d = SUB(LOAD(x + i + c * LANES), h);
        V g = LOAD(dz + i + c * LANES);
        if (gate) g = KEEP(FMA(d, scale, shift), g);
        a[c] = ADD(a[c], g);
        q[c] = FMA(d, g, q[c]);
      }
    }
    for (; i + LANES <= n; i += LANES) {
      const V d = SUB(LOAD(x + i), h);
      V g = LOAD(dz + i);
      if (gate) g = KEEP(FMA(d, scale, shift), g);
      a[0] = ADD(a[0], g);
      q[0] = FMA(d, g, q[0]);
    }
    if (i < n) {
      float cs[LANES] = {0}, gs[LANES] = {0};
      for (; i < n; i++) {
        const float d = x[i] - centre;
        cs[i - (n - LANES)] = d;
        gs[i - (n - LANES)] = NAME(passed)(d, dz[i], gate);
      }
      a[1] = ADD(a[1], LOAD(gs));
      q[1] = FMA(LOAD(cs), LOAD(gs), q[1]);
    }
  }
  sums[0] += NAME(sum)(ADD(ADD(a[0], a[1]), ADD(a[2], a[3])));
  sums[1] += NAME(sum)(ADD(ADD(q[0], q[1]), ADD(q[2], q[3])));
}

/* As add_products for one short run: two chains, since it has to fold them soon. */
INLINE void NAME(add_short_products)(const float *x, const float *dz, int64_t n, float centre, const float *gate,
                                     double *sums) {
  const V h = SET1(centre), scale = SET1(gate ? gate[0] : 0), shift = SET1(gate ? gate[1] : 0);
  V a[2] = {0}, q[2] = {0};
  int64_t i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES) {
    for (int c = 0; c < 2; c++) {
      const V d = SUB(LOAD(x + i + c * LANES), h);
      V g = LOAD(dz + i + c * LANES);
      if (gate) g = KEEP(FMA(d, scale, shift), g);
      a[c] = ADD(a[c], g);
      q[c] = FMA(d, g, q[c]);
    }
  }
  for (; i < n; i += LANES) {
    float cs[LANES] = {0}, gs[LANES] = {0};
    for (int64_t j = i; j < n && j < i + LANES; j++) {
      cs[j - i] = x[j] - centre;
      gs[j - i] = NAME(passed)(cs[j - i], dz[j], gate);
    }
    a[0] = ADD(a[0], LOAD(gs));
    q[0] = FMA(LOAD(cs), LOAD(gs), q[0]);
  }
  sums[0] += NAME(sum)(ADD(a[0], a[1]));
  sums[1] += NAME(sum)(ADD(q[0], q[1]));
}

/* The sums of dz and of dz * (c - low) of one channel. Behind an activation dz is made first, other than of short runs,
   whose dz is there. */
INLINE void NAME(channel_sums)(const float *x, const float *dy, float *dz, int64_t samples, int64_t stride,
                               int64_t dz_stride, int64_t n, float centre, float low, const float *terms, int gated,
                               const float *after, int activation, float *kept, double *sums, int ahead, int streams) {
  const float *gate = gated ? terms : 0;
  sums[0] = sums[1] = 0;
  if (SHORT(samples, n)) {
    NAME(add_short_products)(x, dz, n, centre, gate, sums);
  } else {
    const int64_t together = n > CHUNK ? 1 : CHUNK / n;
    for (int64_t r = 0; r < samples; r += together) {
      for (int64_t i = 0; i < n; i += CHUNK) {
        const int64_t at = r * stride + i, dz_at = r * dz_stride + i;
        const int64_t runs = samples - r < together ? samples - r : together, some = n - i < CHUNK ? n - i : CHUNK;
        if (activation) {
          NAME(differentiate_runs)(x + at, dy + at, dz + dz_at, runs, stride, dz_stride, some, centre, terms, 0,
                                   after ? after + at : 0, activation, kept ? kept + at : 0, streams);
        }
        NAME(add_products)(x + at, dy + at, dz + dz_at, runs, stride, dz_stride, some, centre, gate, sums,
                           ahead ? n - i : 0, samples > 1 ? stride - n : 0);
      }
    }
  }
  sums[1] -= low * sums[0];
}

/* The sums of some adjacent channels, one where runs are not short. */
INLINE void NAME(sums_of_channels)(const float *x, const float *dy, float *dz, int64_t samples, int64_t stride,
                                   int64_t dz_stride, int64_t some, int64_t n, const float *weight, const float *bias,
                                   float high, float low, float rstd, int gated, const float *after, int activation,
                                   float *kept, double *sums, int ahead, int streams) {
  float terms[2 * CHUNK];
  for (int64_t c = 0; c < some && (gated || activation); c++) {
    NAME(channel_terms)(weight[c], bias[c], low, rstd, terms + 2 * c);
  }
  if (activation && SHORT(samples, n)) {
    NAME(differentiate_runs)(x, dy, dz, some, n, n, n, high, terms, 2, after, activation, kept, streams);
  }
  for (int64_t c = 0; c < some; c++) {
    NAME(channel_sums)(x + c * n, dy + c * n, dz + c * n, samples, stride, dz_stride, n, high, low, terms + 2 * c, gated,
                       after ? after + c * n : 0, activation, kept ? kept + c * n : 0, sums + 2 * c, ahead, streams);
  }
}

INLINE void NAME(set_backward)(const float *x, const float *dy, float *dz, int64_t dz_stride, float *dx,
                               int64_t samples, int64_t stride, int64_t channels, int64_t n, const float *weight,
                               const float *bias, float high, float low, float rstd, int centred, int gated,
                               const float *after, int activation, float *kept, const float *dsum, double *sums,
                               int streams) {
  const int64_t together = SHORT(samples, n) ? CHUNK / n : 1;
  double g = 0, gc = 0;
  for (int64_t c = 0; c < channels; c += together) {
    const int64_t some = channels - c < together ? channels - c : together;
    NAME(sums_of_channels)(x + c * n, dy + c * n, dz + c * n, samples, stride, dz_stride, some, n, weight + c, bias + c,
                           high, low, rstd, gated, after ? after + c * n : 0, activation, kept ? kept + c * n : 0,
                           sums + 2 * c, ASKS_BACK && streams && samples > 1 && n >= LONG, streams);
  }
  for (int64_t c = 0; c < channels; c++) {
    g += weight[c] * sums[2 * c];
    gc += weight[c] * sums[2 * c + 1];
  }
  const double m = (double)(samples * channels * n), factor = (double)rstd * rstd * gc / m;
  const float slope = (float)factor, offset = (float)((centred ? g / m : 0) - factor * low);
  for (int64_t s = samples - 1; s >= 0; s--) {
    for (int64_t c = channels - 1; c >= 0; c--) {
      float terms[2];
      if (gated) NAME(channel_terms)(weight[c], bias[c], low, rstd, terms);
      const int64_t at = s * stride + c * n, soon = streams ? BEFORE(c, channels, n, samples, stride) : 0;
      NAME(run_gradient)(x + at, dz + s * dz_stride + c * n, dx + at, n, weight[c], high, rstd, offset, slope,
                         gated ? terms : 0, dsum ? dsum + at : 0, soon, streams);
    }
  }
}

/* dx of channels of n elements in samples that stand stride elements apart, whose statistics have eps inside the root, the
   gradient of the sum before the norm added; and the sums of dz and of dz * (x - mean) of each channel. Behind an activation
   dz goes to room, whose samples stand room_stride elements apart, and then to kept unless it is NULL; without a room it is
   a ReLU, through which dy passes in either sweep. */
TARGET void NAME(differentiate_set)(const float *x, const float *dy, float *room, int64_t room_stride, float *dx,
                                    int64_t samples, int64_t stride, int64_t channels, int64_t n, const float *weight,
                                    const float *bias, float high, float low, float rstd, int centred,
                                    const float *after, int activation, float *kept, const float *dsum, double *sums,
                                    int streams) {
#define SET(dz, dz_stride, gated, after, activation, kept, dsum, streams)                                                     \
  NAME(set_backward)(x, dy, dz, dz_stride, dx, samples, stride, channels, n, weight, bias, high, low, rstd, centred, gated, \
                     after, activation, kept, dsum, sums, streams)
  float *const given = (float *)dy;
  if (room && activation) {
    streams ? SET(room, room_stride, 0, after, activation, kept, dsum, 1)
            : SET(room, room_stride, 0, after, activation, kept, dsum, 0);
  } else if (activation) {
    streams ? SET(given, stride, 1, 0, 0, 0, dsum, 1) : SET(given, stride, 1, 0, 0, 0, dsum, 0);
  } else if (dsum) {
    streams ? SET(given, stride, 0, 0, 0, 0, dsum, 1) : SET(given, stride, 0, 0, 0, 0, dsum, 0);
  } else {
    streams ? SET(given, stride, 0, 0, 0, 0, 0, 1) : SET(given, stride, 0, 0, 0, 0, 0, 0);
  }
#undef SET
}
