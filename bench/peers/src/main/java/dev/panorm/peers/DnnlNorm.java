package dev.panorm.peers;

import static dev.panorm.bench.compare.NormData.present;
import static org.bytedeco.dnnl.global.dnnl.dnnl_batch_normalization_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_batch_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_group_normalization_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_group_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_forward_primitive_desc_create;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.bench.compare.Direction;
import dev.panorm.bench.compare.NormCase;
import dev.panorm.bench.compare.NormData;
import dev.panorm.ops.NormSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;

/** The norms of oneDNN on the memory of one case. */
final class DnnlNorm {

  private static final int FLAGS = dnnl.dnnl_use_scale | dnnl.dnnl_use_shift;

  private final dnnl_engine engine;
  private final dnnl_stream stream;
  private final NormCase norm;
  private final NormData data;
  private final Scope scope = Scope.open();
  private final dnnl_memory_desc dataDesc;
  private final dnnl_memory_desc statsDesc;
  private final dnnl_memory_desc channelDesc;
  private final Tensor mean;
  private final Tensor variance;

  DnnlNorm(dnnl_engine engine, dnnl_stream stream, NormCase norm, NormData data) {
    this.engine = engine;
    this.stream = stream;
    this.norm = norm;
    this.data = data;
    dataDesc = DnnlPrimitive.describe(Strides.dims(norm), Strides.of(norm));
    long[] stats = statistics(norm);
    statsDesc = DnnlPrimitive.describe(stats, Strides.contiguous(stats));
    channelDesc = DnnlPrimitive.describe(new long[] {norm.channels()}, new long[] {1});
    mean = scope.zeros(DType.FLOAT32, Shape.of(stats));
    variance = scope.zeros(DType.FLOAT32, Shape.of(stats));
  }

  /** Returns the norm ready to run; for backward, forward has left its statistics. */
  DnnlPrimitive call(Direction direction) {
    return switch (direction) {
      case FWD, TRAIN -> forward(dnnl.dnnl_forward_training, FLAGS, mean, variance, owned());
      case EVAL ->
          forward(
              dnnl.dnnl_forward_inference,
              FLAGS | dnnl.dnnl_use_global_stats,
              data.mean(),
              data.variance(),
              owned());
      case BWD -> {
        try (DnnlPrimitive before =
            forward(dnnl.dnnl_forward_training, FLAGS, mean, variance, List.of())) {
          before.run();
        }
        yield backward();
      }
    };
  }

  private List<AutoCloseable> owned() {
    return List.of(
        scope,
        () -> DnnlPrimitive.destroy(dataDesc),
        () -> DnnlPrimitive.destroy(statsDesc),
        () -> DnnlPrimitive.destroy(channelDesc));
  }

  private DnnlPrimitive forward(
      int kind, int flags, Tensor means, Tensor variances, List<AutoCloseable> kept) {
    List<DnnlPrimitive.Argument> arguments = common(means, variances);
    arguments.add(argument(dnnl.DNNL_ARG_SHIFT, channelDesc, present(data.affine().bias())));
    arguments.add(argument(dnnl.DNNL_ARG_DST, dataDesc, data.y()));
    return new DnnlPrimitive(engine, stream, forwardDesc(kind, flags), arguments, kept);
  }

  private DnnlPrimitive backward() {
    List<DnnlPrimitive.Argument> arguments = common(mean, variance);
    arguments.add(argument(dnnl.DNNL_ARG_DIFF_DST, dataDesc, data.dy()));
    arguments.add(argument(dnnl.DNNL_ARG_DIFF_SRC, dataDesc, data.dx()));
    arguments.add(
        argument(dnnl.DNNL_ARG_DIFF_SCALE, channelDesc, present(data.gradient().weight())));
    arguments.add(argument(dnnl.DNNL_ARG_DIFF_SHIFT, channelDesc, present(data.gradient().bias())));
    return new DnnlPrimitive(engine, stream, backwardDesc(), arguments, owned());
  }

  private List<DnnlPrimitive.Argument> common(Tensor means, Tensor variances) {
    List<DnnlPrimitive.Argument> arguments = new ArrayList<>();
    arguments.add(argument(dnnl.DNNL_ARG_SRC, dataDesc, data.x()));
    arguments.add(argument(dnnl.DNNL_ARG_MEAN, statsDesc, means));
    arguments.add(argument(dnnl.DNNL_ARG_VARIANCE, statsDesc, variances));
    arguments.add(argument(dnnl.DNNL_ARG_SCALE, channelDesc, present(data.affine().weight())));
    return arguments;
  }

  private static DnnlPrimitive.Argument argument(int which, dnnl_memory_desc desc, Tensor tensor) {
    return new DnnlPrimitive.Argument(which, desc, tensor);
  }

  private dnnl_primitive_desc forwardDesc(int kind, int flags) {
    dnnl_primitive_desc desc = new dnnl_primitive_desc();
    dnnl_primitive_attr none = new dnnl_primitive_attr(null);
    float eps = (float) norm.spec().eps();
    DnnlPrimitive.check(
        norm + " forward",
        switch (norm.spec().kind()) {
          case LAYER, RMS ->
              dnnl_layer_normalization_forward_primitive_desc_create(
                  desc, engine, kind, dataDesc, dataDesc, statsDesc, eps, flags, none);
          case BATCH ->
              dnnl_batch_normalization_forward_primitive_desc_create(
                  desc, engine, kind, dataDesc, dataDesc, eps, flags, none);
          case GROUP, INSTANCE ->
              dnnl_group_normalization_forward_primitive_desc_create(
                  desc, engine, kind, dataDesc, dataDesc, groups(norm), eps, flags, none);
        });
    return desc;
  }

  private dnnl_primitive_desc backwardDesc() {
    dnnl_primitive_desc desc = new dnnl_primitive_desc();
    dnnl_primitive_desc forward = forwardDesc(dnnl.dnnl_forward_training, FLAGS);
    dnnl_primitive_attr none = new dnnl_primitive_attr(null);
    float eps = (float) norm.spec().eps();
    int kind = dnnl.dnnl_backward;
    DnnlPrimitive.check(
        norm + " backward",
        switch (norm.spec().kind()) {
          case LAYER, RMS ->
              dnnl_layer_normalization_backward_primitive_desc_create(
                  desc, engine, kind, dataDesc, dataDesc, dataDesc, statsDesc, eps, FLAGS, forward,
                  none);
          case BATCH ->
              dnnl_batch_normalization_backward_primitive_desc_create(
                  desc, engine, kind, dataDesc, dataDesc, dataDesc, eps, FLAGS, forward, none);
          case GROUP, INSTANCE ->
              dnnl_group_normalization_backward_primitive_desc_create(
                  desc,
                  engine,
                  kind,
                  dataDesc,
                  dataDesc,
                  dataDesc,
                  groups(norm),
                  eps,
                  FLAGS,
                  forward,
                  none);
        });
    dnnl.dnnl_primitive_desc_destroy(forward);
    return desc;
  }

  private static long groups(NormCase norm) {
    return norm.spec().kind() == NormSpec.Kind.INSTANCE ? norm.channels() : norm.spec().groups();
  }

  private static long[] statistics(NormCase norm) {
    long[] dims = norm.shape().dims();
    return switch (norm.spec().kind()) {
      case LAYER, RMS -> Arrays.copyOf(dims, dims.length - 1);
      case BATCH -> new long[] {norm.channels()};
      case GROUP, INSTANCE -> new long[] {dims[0], groups(norm)};
    };
  }
}
