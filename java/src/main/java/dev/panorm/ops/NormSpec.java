package dev.panorm.ops;

import dev.panorm.Activation;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.internal.check.Check;
import org.jspecify.annotations.Nullable;

/**
 * Which norm: immutable, built from one of the factories and refined by the {@code with} methods.
 *
 * {@snippet :
 * NormSpec layer = NormSpec.layerNorm(768);
 * NormSpec group = NormSpec.groupNorm(32).withLayout(Layout.NHWC).withActivation(Activation.SILU);
 * }
 *
 * <p>A spec remembers the plan of the last shape that it met, so keep one and use it again: a call
 * then allocates nothing. It may be shared by threads.
 */
public final class NormSpec {

  /** eps of PyTorch's norms. */
  public static final double DEFAULT_EPS = 1e-5;

  /** eps of PyTorch's RMSNorm for float32 data: the distance from 1 to the next float, 2^−23. */
  public static final double DEFAULT_RMS_EPS = 0x1p-23;

  /** The members of the family. */
  public enum Kind {
    /** Over the trailing dimensions of each row. */
    LAYER("layerNorm"),
    /** As {@link #LAYER}, by the root mean square, without a mean. */
    RMS("rmsNorm"),
    /** Over groups of channels of each sample. */
    GROUP("groupNorm"),
    /** Over each channel of each sample. */
    INSTANCE("instanceNorm"),
    /** Over each channel of the whole batch. */
    BATCH("batchNorm");

    private final String operation;
    private final String backward;

    Kind(String operation) {
      this.operation = operation;
      backward = operation + " backward";
    }

    /** Returns the name of the operation, as in messages. */
    public String operation() {
      return operation;
    }

    /** Returns the name of its gradient's operation, as in messages. */
    public String backward() {
      return backward;
    }
  }

  private final Kind kind;
  private final Shape normalizedShape;
  private final long groups;
  private final Layout layout;
  private final double eps;
  private final EpsMode epsMode;
  private final Residual residual;
  private final Activation activation;

  private volatile @Nullable Planned last;

  /** The plan of one shape. */
  private record Planned(Shape shape, NormPlan plan) {}

  private NormSpec(
      Kind kind,
      Shape normalizedShape,
      long groups,
      Layout layout,
      double eps,
      EpsMode epsMode,
      Residual residual,
      Activation activation) {
    this.kind = kind;
    this.normalizedShape = normalizedShape;
    this.groups = groups;
    this.layout = layout;
    this.eps = eps;
    this.epsMode = epsMode;
    this.residual = residual;
    this.activation = activation;
  }

  private static NormSpec of(Kind kind, Shape normalizedShape, long groups, double eps) {
    return new NormSpec(
        kind,
        normalizedShape,
        groups,
        Layout.NCHW,
        eps,
        EpsMode.INSIDE_SQRT,
        Residual.NONE,
        Activation.IDENTITY);
  }

  /**
   * LayerNorm over the trailing dimensions (Ba, Kiros and Hinton 2016).
   *
   * @param normalizedShape sizes of those dimensions, at least one
   */
  public static NormSpec layerNorm(long... normalizedShape) {
    return of(Kind.LAYER, trailing("layerNorm", normalizedShape), 1, DEFAULT_EPS);
  }

  /**
   * RMSNorm over the trailing dimensions (Zhang and Sennrich 2019).
   *
   * @param normalizedShape sizes of those dimensions, at least one
   */
  public static NormSpec rmsNorm(long... normalizedShape) {
    return of(Kind.RMS, trailing("rmsNorm", normalizedShape), 1, DEFAULT_RMS_EPS);
  }

  /**
   * GroupNorm over groups of adjacent channels (Wu and He 2018).
   *
   * @param groups number of groups, 1 or more, a divisor of the number of channels
   */
  public static NormSpec groupNorm(long groups) {
    Check.that(groups >= 1, "groupNorm", "groups", groups, "1 or more");
    return of(Kind.GROUP, Shape.of(), groups, DEFAULT_EPS);
  }

  /** InstanceNorm: each channel of each sample by itself (Ulyanov et al. 2016). */
  public static NormSpec instanceNorm() {
    return of(Kind.INSTANCE, Shape.of(), 0, DEFAULT_EPS);
  }

  /** BatchNorm: each channel over the batch and all positions (Ioffe and Szegedy 2015). */
  public static NormSpec batchNorm() {
    return of(Kind.BATCH, Shape.of(), 1, DEFAULT_EPS);
  }

  private static Shape trailing(String operation, long... dims) {
    Check.that(dims.length > 0, operation, "normalizedShape", "[]", "at least one dimension");
    return Shape.of(dims);
  }

  /** Returns this norm with another eps, 0 or more. */
  public NormSpec withEps(double value) {
    Check.that(
        value >= 0 && value < Double.POSITIVE_INFINITY, kind.operation, "eps", value, "0 or more");
    return new NormSpec(
        kind, normalizedShape, groups, layout, value, epsMode, residual, activation);
  }

  /** Returns this norm with eps in another place. */
  public NormSpec withEpsMode(EpsMode mode) {
    return new NormSpec(kind, normalizedShape, groups, layout, eps, mode, residual, activation);
  }

  /** Returns this norm for data in another layout; LayerNorm and RMSNorm have none. */
  public NormSpec withLayout(Layout value) {
    return new NormSpec(kind, normalizedShape, groups, value, eps, epsMode, residual, activation);
  }

  /** Returns this norm with a second input fused in. */
  public NormSpec withResidual(Residual where) {
    return new NormSpec(kind, normalizedShape, groups, layout, eps, epsMode, where, activation);
  }

  /** Returns this norm with an activation fused behind it. */
  public NormSpec withActivation(Activation after) {
    return new NormSpec(kind, normalizedShape, groups, layout, eps, epsMode, residual, after);
  }

  /** Returns the member of the family. */
  public Kind kind() {
    return kind;
  }

  /** Returns the trailing dimensions of LayerNorm and RMSNorm, no dimensions for the others. */
  public Shape normalizedShape() {
    return normalizedShape;
  }

  /**
   * Returns the number of groups: GroupNorm's; 1 for LayerNorm, RMSNorm and BatchNorm, 0 for
   * InstanceNorm.
   */
  public long groups() {
    return groups;
  }

  /** Returns the layout of the data. */
  public Layout layout() {
    return layout;
  }

  /** Returns eps. */
  public double eps() {
    return eps;
  }

  /** Returns where eps stands. */
  public EpsMode epsMode() {
    return epsMode;
  }

  /** Returns where a second input is added. */
  public Residual residual() {
    return residual;
  }

  /** Returns the activation behind the norm. */
  public Activation activation() {
    return activation;
  }

  /**
   * Returns what this norm does to data of a shape.
   *
   * @throws IllegalArgumentException if the shape does not fit the norm
   */
  public NormPlan plan(Shape shape) {
    Planned known = last;
    if (known == null || !known.shape().equals(shape)) {
      known = new Planned(shape, newPlan(shape));
      last = known;
    }
    return known.plan();
  }

  private NormPlan newPlan(Shape shape) {
    return switch (kind) {
      case LAYER, RMS -> rowPlan(shape);
      case GROUP, INSTANCE, BATCH -> channelPlan(shape);
    };
  }

  private NormPlan rowPlan(Shape shape) {
    int leading = shape.rank() - normalizedShape.rank();
    boolean fits = leading >= 0;
    for (int i = 0; fits && i < normalizedShape.rank(); i++) {
      fits = shape.dim(leading + i) == normalizedShape.dim(i);
    }
    Check.that(fits, kind.operation, "x's shape", shape, "trailing dimensions " + normalizedShape);
    return plan(
        Family.SLAB, shape.product(0, leading), normalizedShape.elements(), 1, 1, Layout.NCHW);
  }

  private NormPlan channelPlan(Shape shape) {
    int rank = shape.rank();
    Check.that(
        rank >= 2,
        kind.operation,
        "x's shape",
        shape,
        "at least 2 dimensions, samples and channels");
    long channels = layout == Layout.NCHW ? shape.dim(1) : shape.dim(-1);
    long inner = layout == Layout.NCHW ? shape.product(2, rank) : shape.product(1, rank - 1);
    long parts = kind == Kind.INSTANCE ? Math.max(1, channels) : groups;
    if (channels % parts != 0) {
      throw new IllegalArgumentException(
          kind.operation
              + ": channels is "
              + channels
              + " in x of shape "
              + shape
              + ", expected a multiple of groups "
              + groups);
    }
    return plan(
        kind == Kind.BATCH ? Family.CHANNEL : Family.SLAB,
        shape.dim(0),
        channels,
        inner,
        parts,
        layout);
  }

  private NormPlan plan(
      Family family, long outer, long channels, long inner, long parts, Layout where) {
    return new NormPlan(
        family,
        kind != Kind.RMS,
        outer,
        channels,
        inner,
        parts,
        where,
        eps,
        epsMode,
        residual,
        activation);
  }
}
