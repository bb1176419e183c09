// What the kernels of columns.cl and columns_backward.cl share: x is [samples, rows, channels] with the channels side by
// side, and one launch serves `samples` of them from first_sample on.

#include "epilogue.cl"
#include "moments.cl"
#include "running.cl"

// Columns that a group takes, PANEL of the host, and how many vectors of them an item has.
#if LS == 1
#define PANEL 1024
#else
#define PANEL STEP
#endif
#define VECTORS (PANEL / STEP)

// Units that one item of the small kernels takes: a group of one item costs a CPU more than the unit.
#if LS == 1
#define UNITS 16
#else
#define UNITS 1
#endif
#define FOR_UNITS(unit, count)                                                                        \
  for (long unit = get_global_id(0) * UNITS; unit < min(((long)get_global_id(0) + 1) * UNITS, count); unit++)

#if VW == 1
#define ANY(condition) (condition)
#else
#define ANY(condition) any(condition)
#endif

// Doubles that one (sample, chunk) takes in `partial`: two per channel.
#define PARTIAL(sample, chunk, chunks, channels) (((sample) * (chunks) + (chunk)) * 2 * (channels))

// What a group owns: rows [first, last) of one sample, channels [begin, end).
typedef struct {
  long sample;
  long chunk;
  long first;
  long last;
  long begin;
  long end;
} Chunk;

// How far ahead to fetch, in elements: some rows, and 8 kB at least.
INLINE long ahead_of(long channels) { return (4 + 2048 / channels) * channels; }

// What to ask for where some rows are taken at once: in rows without gaps, one line after the other, 8 kB ahead; else the
// same columns of rows that follow.
typedef struct {
  long ahead;
  long along;   // elements on for each element of a row
  long across;  // elements on for each row
} Request;

INLINE Request request_of(long begin, long end, long channels, int together) {
  int gaps = end - begin < channels;
  Request r = {gaps ? ahead_of(channels) : AHEAD, gaps ? 1 : together, gaps ? channels : VW};
  return r;
}

INLINE void ask(__global const REAL *x, long i, int row, Request r) {
  fetch_ahead(x + r.ahead + r.along * i + r.across * row);
}

// Group `index` of a launch, whose channels are cut into panels.
INLINE Chunk chunk_of(long index, long chunks, long rows_per_chunk, long rows, long first_sample, long channels) {
  long panels = (channels + PANEL - 1) / PANEL;
  Chunk c;
  c.sample = first_sample + index / panels / chunks;
  c.chunk = index / panels % chunks;
  c.first = c.chunk * rows_per_chunk;
  c.last = min(c.first + rows_per_chunk, rows);
  c.begin = index % panels * PANEL;
  c.end = min(c.begin + PANEL, channels);
  return c;
}

INLINE WIDE load_wide(__global const double *p, long i, long n) {
#if VW == 1
  return p[i];
#else
  if (WHOLE(i, n)) {
    return JOIN(vload, VW)(0, p + i);
  }
  double t[VW];
  for (int k = 0; k < VW; k++) {
    t[k] = i + k < n ? p[i + k] : 0;
  }
  return JOIN(vload, VW)(0, t);
#endif
}

INLINE void store_wide(WIDE v, __global double *p, long i, long n) {
#if VW == 1
  p[i] = v;
#else
  if (WHOLE(i, n)) {
    JOIN(vstore, VW)(v, 0, p + i);
    return;
  }
  double t[VW];
  JOIN(vstore, VW)(v, 0, t);
  for (int k = 0; k < VW; k++) {
    if (i + k < n) {
      p[i + k] = t[k];
    }
  }
#endif
}
