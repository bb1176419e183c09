// What planes.cl and planes_backward.cl share: where the planes of a unit lie. x is [outer, channels, inner]; a unit is
// `channels / groups` neighbouring planes of one sample (slab) or the same plane of every sample.

#include "epilogue.cl"
#include "moments.cl"
#include "running.cl"

// Units that one group sweeps side by side, so that planes of less than a page are still read in long runs.
#if LS == 1
#define UNITS 32
#else
#define UNITS 1
#endif

typedef struct {
  long channels;
  long inner;
  long planes;      // planes of one unit
  long plane_step;  // elements from one plane of a unit to the next
  long unit_step;   // elements from one unit to the next
  int slab;
} Geometry;

INLINE Geometry geometry(long outer, long channels, long groups, long inner, int slab) {
  Geometry g;
  g.channels = channels;
  g.inner = inner;
  g.planes = slab ? channels / groups : outer;
  g.plane_step = slab ? inner : channels * inner;
  g.unit_step = slab ? g.planes * inner : inner;
  g.slab = slab;
  return g;
}

INLINE long channel_of(Geometry g, long unit, long plane) {
  return g.slab ? (unit * g.planes + plane) % g.channels : unit;
}

INLINE long unit_of(Geometry g, long index) { return g.slab ? index / g.planes : index % g.channels; }

// Asks for one line of every page of a plane that is written soon, so that its addresses are known by then: a plane that
// lies elsewhere than the one before costs a look-up per page, and stores that bypass the cache wait for each.
INLINE void touch_pages(__global const REAL *plane, long n) {
  for (long i = 0; LS == 1 && i < n; i += 4096 / sizeof(REAL)) {
    fetch_ahead(plane + i);
  }
}
