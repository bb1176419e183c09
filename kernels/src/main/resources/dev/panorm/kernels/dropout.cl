// Dropout: y = scale x + shift where a unit is kept, a constant where it is not. Unit i of adjacent elements is
// dropped where word i of the random stream is below `threshold`.
//
//   drop_scales        scale of each row of `counted` units: counted / units kept in it
//   drop               y; `scales` is null where every row has the same scale
//
// Launch: one group per `per_group` rows (drop_scales), elements (drop). Bytes: x once, y once; drop_scales none but
// one number per row. The words are those of dev.panorm.internal.random.Philox, so the mask is the same everywhere.
// Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Philox 4x32-10).

#include "common.cl"

#define PHILOX_ROUNDS 10

// Words 4 block to 4 block + 3 of a stream.
INLINE uint4 words_of(ulong seed, ulong stream, ulong block) {
  uint4 c = (uint4)((uint)block, (uint)(block >> 32), (uint)stream, (uint)(stream >> 32));
  uint2 key = (uint2)((uint)seed, (uint)(seed >> 32));
  for (int round = 0; round < PHILOX_ROUNDS; round++) {
    ulong p0 = (ulong)0xD2511F53u * c.x;
    ulong p1 = (ulong)0xCD9E8D57u * c.z;
    c = (uint4)((uint)(p1 >> 32) ^ c.y ^ key.x, (uint)p1, (uint)(p0 >> 32) ^ c.w ^ key.y, (uint)p0);
    key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}

INLINE uint word_at(ulong seed, ulong stream, long index) {
  uint4 words = words_of(seed, stream, (ulong)index >> 2);
  uint2 pair = (index & 2) ? words.zw : words.xy;
  return (index & 1) ? pair.y : pair.x;
}

// The words that decide over the VW elements from i on; i is a multiple of VW.
INLINE void words_for(uint *words, ulong seed, ulong stream, long i, long unit) {
#if VW % 4 == 0
  if (unit == 1) {
    for (int k = 0; k < VW; k += 4) {
      vstore4(words_of(seed, stream, (ulong)(i + k) >> 2), 0, words + k);
    }
    return;
  }
#endif
  long first = i / unit;
  if (first == (i + VW - 1) / unit) {
    uint word = word_at(seed, stream, first);
    for (int k = 0; k < VW; k++) {
      words[k] = word;
    }
    return;
  }
  for (int k = 0; k < VW; k++) {
    words[k] = word_at(seed, stream, (i + k) / unit);
  }
}

__kernel void drop_scales(const long rows, const long counted, const long per_group, const ulong seed,
                          const ulong stream, const long threshold, __global double *scales) {
  __local double shared_sums[LS];
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, rows);
  for (long row = first; row < last; row++) {
    long kept = 0;
    for (long unit = row * counted + (long)get_local_id(0); unit < (row + 1) * counted; unit += LS) {
      kept += (long)word_at(seed, stream, unit) >= threshold;
    }
    double all = group_sum((double)kept, shared_sums);
    if (get_local_id(0) == 0) {
      scales[row] = (double)counted / max(1.0, all);
    }
  }
}

__kernel void drop(const long n, const long per_group, const long unit, const long counted, const ulong seed,
                   const ulong stream, const long threshold, const double scale, const double shift,
                   const double dropped, __global const double *scales, __global const REAL *x,
                   __global REAL *y) {
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, n);
  for (long i = first + (long)get_local_id(0) * VW; i < last; i += STEP) {
    uint words[VW];
    REAL values[VW];
    words_for(words, seed, stream, i, unit);
#if VW == 1
    values[0] = x[i];
#else
    JOIN(vstore, VW)(load_to(x, i, last, 0), 0, values);
#endif
    for (int k = 0; k < VW; k++) {
      REAL factor = (REAL)(scales && i + k < n ? scales[(i + k) / unit / counted] : scale);
      values[k] = (long)words[k] >= threshold ? fma(factor, values[k], (REAL)shift) : (REAL)dropped;
    }
#if VW == 1
    y[i] = values[0];
#else
    store_to(JOIN(vload, VW)(0, values), y, i, last);
#endif
  }
}
