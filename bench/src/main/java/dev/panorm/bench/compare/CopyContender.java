package dev.panorm.bench.compare;

import dev.panorm.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The floor: a copy of the data by the Java runtime or by a loop of plain vector stores, in as many
 * threads as the others have. Forward moves the bytes of one copy, backward those of one and a
 * half.
 */
final class CopyContender implements Contender {

  /** How to copy. */
  enum Way {
    /** {@link MemorySegment#copy}. */
    RUNTIME,
    /** Vector loads and stores. */
    STORES
  }

  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final long STEP = 4L * SPECIES.vectorByteSize();

  private final Way way;
  private Team team = new Team(1);

  CopyContender(Way way) {
    this.way = way;
  }

  @Override
  public String name() {
    return way == Way.RUNTIME ? "copy" : "copy-stores";
  }

  @Override
  public void open(int threads) {
    team = new Team(threads);
  }

  @Override
  public Map<String, String> details() {
    return Map.of("threads", Integer.toString(team.size()));
  }

  @Override
  public Call norm(NormCase norm, Direction direction, NormData data) {
    Tensor x = direction == Direction.BWD ? data.dy() : data.x();
    Tensor y = direction == Direction.BWD ? data.dx() : data.y();
    MemorySegment from = x.segment();
    MemorySegment to = y.segment();
    long bytes = x.byteSize();
    int parts = team.size();
    long chunk = (bytes / parts + STEP - 1) / STEP * STEP;
    Team.Task task =
        part -> {
          long start = Math.min(bytes, part * chunk);
          long size = Math.min(bytes - start, chunk);
          if (way == Way.RUNTIME) {
            MemorySegment.copy(from, start, to, start, size);
          } else {
            stores(from, to, start, start + size);
          }
        };
    return new Call() {
      @Override
      public String backend() {
        return way == Way.RUNTIME ? "MemorySegment.copy" : "vector stores";
      }

      @Override
      public void run() {
        team.run(task);
      }
    };
  }

  private static void stores(MemorySegment from, MemorySegment to, long start, long end) {
    ByteOrder order = ByteOrder.nativeOrder();
    long width = SPECIES.vectorByteSize();
    long at = start;
    for (; at + STEP <= end; at += STEP) {
      FloatVector a = FloatVector.fromMemorySegment(SPECIES, from, at, order);
      FloatVector b = FloatVector.fromMemorySegment(SPECIES, from, at + width, order);
      FloatVector c = FloatVector.fromMemorySegment(SPECIES, from, at + 2 * width, order);
      FloatVector d = FloatVector.fromMemorySegment(SPECIES, from, at + 3 * width, order);
      a.intoMemorySegment(to, at, order);
      b.intoMemorySegment(to, at + width, order);
      c.intoMemorySegment(to, at + 2 * width, order);
      d.intoMemorySegment(to, at + 3 * width, order);
    }
    MemorySegment.copy(from, at, to, at, end - at);
  }

  @Override
  public void close() {
    team.close();
  }
}
