package dev.panorm.bench.task;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * The product of two n x n matrices.
 *
 * @param n rows and columns
 */
public record ProductCase(long n) implements Case {

  private static final long SEED = 20_251_125;

  /**
   * c := a · b.
   *
   * @param n rows and columns of each
   */
  public record Product(long n, Tensor a, Tensor b, Tensor c) implements Task {

    @Override
    public String op() {
      return "mm";
    }

    @Override
    public String direction() {
      return Direction.FWD.toString();
    }

    @Override
    public String layout() {
      return "nc";
    }

    @Override
    public String shape() {
      return n + "x" + n + "x" + n;
    }

    @Override
    public List<Tensor> results() {
      return List.of(c);
    }

    /** n products in any order, each rounded once, against sums that grow with n's root. */
    @Override
    public double bound() {
      return n * 0x1p-24;
    }
  }

  /** Returns the sizes that are measured. */
  public static List<Case> all() {
    return LongStream.of(8, 16, 32, 64, 128, 256, 512, 1024, 2048)
        .<Case>mapToObj(ProductCase::new)
        .toList();
  }

  @Override
  public List<Product> open(Scope scope) {
    SplittableRandom random = new SplittableRandom(SEED);
    Shape shape = Shape.of(n, n);
    return List.of(
        new Product(
            n,
            NormData.drawn(scope, random, shape, 0),
            NormData.drawn(scope, random, shape, 0),
            scope.zeros(DType.FLOAT32, shape)));
  }

  @Override
  public String toString() {
    return "mm " + n;
  }
}
