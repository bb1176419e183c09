package dev.panorm.internal.backend.vector;

import dev.panorm.RandomStream;
import dev.panorm.internal.memory.Memory;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Random words of {@link RandomStream#word} in bulk: Philox 4x32-10 with a block of four words in
 * each lane. A lane is 64 bits wide, so that the product of two words has room.
 */
final class PhiloxWords {

  private static final VectorSpecies<Long> L = LongVector.SPECIES_PREFERRED;

  /** Words that one step makes. */
  static final int STEP = 4 * L.length();

  private static final VectorShuffle<Long> FIRST_HALF = VectorShuffle.makeZip(L, 0);
  private static final VectorShuffle<Long> SECOND_HALF = VectorShuffle.makeZip(L, 1);

  /** How words stand in memory: two of them are written at once, the first in the low half. */
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final long WORD = 0xFFFFFFFFL;

  private PhiloxWords() {}

  /**
   * Writes the words of blocks {@code block} and on, four words of 32 bits a block.
   *
   * @param count number of words; whole steps are written, so there must be room for {@link #STEP}
   *     − 1 words more
   */
  static void fill(RandomStream stream, long block, int count, long to) {
    for (int word = 0; word < count; word += STEP) {
      step(stream, block + word / 4, to + word * (long) Integer.BYTES);
    }
  }

  private static void step(RandomStream stream, long block, long to) {
    LongVector blocks = LongVector.broadcast(L, block).addIndex(1);
    LongVector c0 = blocks.and(WORD);
    LongVector c1 = blocks.lanewise(VectorOperators.LSHR, 32);
    LongVector c2 = LongVector.broadcast(L, stream.stream() & WORD);
    LongVector c3 = LongVector.broadcast(L, stream.stream() >>> 32);
    int k0 = (int) stream.seed();
    int k1 = (int) (stream.seed() >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      LongVector p0 = c0.mul(MULTIPLIER_0);
      LongVector p1 = c2.mul(MULTIPLIER_1);
      c0 = high(p1).lanewise(VectorOperators.XOR, c1).lanewise(VectorOperators.XOR, k0 & WORD);
      c1 = p1.and(WORD);
      c2 = high(p0).lanewise(VectorOperators.XOR, c3).lanewise(VectorOperators.XOR, k1 & WORD);
      c3 = p0.and(WORD);
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    LongVector even = c0.or(c1.lanewise(VectorOperators.LSHL, 32));
    LongVector odd = c2.or(c3.lanewise(VectorOperators.LSHL, 32));
    store(even.rearrange(FIRST_HALF, odd), to);
    store(even.rearrange(SECOND_HALF, odd), to + L.vectorByteSize());
  }

  private static LongVector high(LongVector product) {
    return product.lanewise(VectorOperators.LSHR, 32);
  }

  private static void store(LongVector words, long to) {
    words.intoMemorySegment(Memory.ALL, to, ORDER);
  }
}
