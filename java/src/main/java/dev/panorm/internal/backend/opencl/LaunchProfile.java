package dev.panorm.internal.backend.opencl;

import dev.panorm.DType;
import dev.panorm.backend.NormPlan;
import dev.panorm.kernels.LaunchShape;
import org.jspecify.annotations.Nullable;

/**
 * How work is cut for a class of devices: the tunables, as data. A new class is a new row.
 *
 * <p>Every rule looks at the shape of the data alone, never at the number of cores or the load, so
 * that the same data gives the same bits on a device.
 *
 * @param name what {@value ClRuntime#PROFILE_PROPERTY} calls it
 * @param smallLocalSize work-items of a group for runs of at most {@code smallRun} elements
 * @param largeLocalSize work-items of a group for longer runs
 * @param smallRun where the two part
 * @param vectorBytes size of a vector, 0 for the device's own
 * @param streamingBytes results of at least so many bytes bypass the cache, 0 for never
 * @param groupElements elements that a group should have at least, where a unit may share one
 * @param rowElements elements of neighbouring rows that a group takes where there are enough of
 *     them: it writes the results of a row while it sums the next one
 * @param pieceElements longest piece of a plane that one group takes when units are split
 * @param unitBytes largest unit that is swept twice by one group, since it stays in the cache
 * @param units fewest units for which that keeps the device busy
 * @param chunks how many chunks the rows are cut into for the gradients of the parameters
 * @param chunkRows fewest rows of such a chunk
 * @param columnChunks how many chunks the rows of all samples are cut into where columns are summed
 * @param batchBytes samples that are taken together between two launches, so that the second finds
 *     them in the last cache
 * @param shortPlane longest plane that is swept in strips or whose positions count as columns,
 *     where the planes of a channel are summed
 * @param ownMemory whether the device has memory of its own, to which data must be copied
 * @param products how matrix products are cut, null where they are the host's
 */
record LaunchProfile(
    String name,
    int smallLocalSize,
    int largeLocalSize,
    long smallRun,
    int vectorBytes,
    long streamingBytes,
    long groupElements,
    long rowElements,
    long pieceElements,
    long unitBytes,
    long units,
    long chunks,
    long chunkRows,
    long columnChunks,
    long batchBytes,
    long shortPlane,
    boolean ownMemory,
    @Nullable ClGemmTiles products) {

  /** One work-item per group: a group is a loop on one core, with explicit vectors. */
  static final LaunchProfile CPU =
      new LaunchProfile(
          "cpu", 1, 1, 0, 0, 8 << 20, 8192, 1 << 16, 1 << 16, 1 << 20, 8, 16, 8, 64, 16 << 20, 128,
          false, null);

  /** Tiles of 128 x 128 or 64 x 64 float32, which take 17 and 9 KiB of local memory. */
  private static final ClGemmTiles GPU_PRODUCTS =
      new ClGemmTiles(new ClGemmTiles.Tile(16, 8, 2), new ClGemmTiles.Tile(16, 4, 1), 256, 256);

  /** Work-groups that share a run, vectors of 16 bytes. */
  static final LaunchProfile GPU =
      new LaunchProfile(
          "gpu",
          64,
          256,
          1024,
          16,
          0,
          1,
          1,
          1 << 14,
          1 << 18,
          256,
          1024,
          4,
          1024,
          32 << 20,
          0,
          true,
          GPU_PRODUCTS);

  /** Most rows whose column sums may stay in the type of the data: bounds their rounding. */
  private static final long MAX_CHUNK_ROWS = 64;

  /** Returns how to compile for runs of a length and results of a size. */
  LaunchShape shape(ClDevice device, DType dtype, long run, long resultBytes, boolean aligned) {
    return new LaunchShape(
        run <= smallRun ? smallLocalSize : largeLocalSize,
        vectorBytes(device) / dtype.byteSize(),
        aligned,
        streamingBytes > 0 && resultBytes >= streamingBytes);
  }

  /** Returns the size of a vector. */
  int vectorBytes(ClDevice device) {
    return vectorBytes > 0 ? vectorBytes : Math.max(4, device.floatWidth()) * Float.BYTES;
  }

  /** Returns how many rows of n elements one group takes, where rows are independent. */
  long rowsPerGroup(long rows, long n) {
    long wanted = Math.clamp(rows / ROW_GROUPS, groupElements / n, rowElements / n);
    return Math.max(Math.max(1, wanted), rows / MAX_GROUPS);
  }

  /** Returns how many elements one group takes, where every element is independent. */
  long elementsPerGroup(LaunchShape shape, long n) {
    long step = (long) shape.localSize() * shape.vectorWidth();
    long wanted = Math.max(Math.max(groupElements, step), n / MAX_GROUPS);
    return (wanted + step - 1) / step * step;
  }

  /** Returns how many rows make a chunk for the gradients of the parameters. */
  long rowsPerChunk(long rows) {
    return Math.clamp(rows / chunks, chunkRows, MAX_CHUNK_ROWS);
  }

  /** Returns how many rows of a sample one group takes, where columns are summed. */
  long columnRowsPerChunk(long samples, long rows) {
    long wanted = Math.max(1, columnChunks / samples);
    long perChunk = Math.max(COLUMN_BLOCK, (rows + wanted - 1) / wanted);
    return (perChunk + COLUMN_BLOCK - 1) / COLUMN_BLOCK * COLUMN_BLOCK;
  }

  /** Rows of a chunk are a multiple of it: of what the kernels add up in the type of the data. */
  private static final long COLUMN_BLOCK = 128;

  /**
   * Returns whether one group takes a whole sample where columns are summed: it finds it in the
   * last cache, and while it writes results, another reads. Two samples are on their way at once.
   */
  boolean sweepsSamples(long samples, long bytes) {
    return !ownMemory && bytes > 0 && 2 * bytes <= batchBytes && samples >= units;
  }

  /**
   * Returns whether one group reads a unit twice, from memory and from the cache, instead of three
   * launches with the units cut into parts.
   */
  boolean sweepsUnits(NormPlan plan, long bytes) {
    return bytes <= unitBytes && plan.statistics() >= units;
  }

  /** Groups that rows are cut into before a group takes several: enough to share evenly. */
  private static final long ROW_GROUPS = 64;

  /** PoCL compiles a kernel again for grids beyond this. */
  private static final long MAX_GROUPS = 1 << 15;
}
