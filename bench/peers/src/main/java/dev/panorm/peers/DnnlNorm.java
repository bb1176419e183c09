package dev.panorm.peers;

import static dev.panorm.bench.task.NormData.present;
import static org.bytedeco.dnnl.global.dnnl.dnnl_batch_normalization_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_batch_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_group_normalization_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_group_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.bench.compare.Call;
import dev.panorm.bench.compare.UnavailableException;
import dev.panorm.bench.task.NormCase;
import dev.panorm.bench.task.NormData;
import dev.panorm.bench.task.NormTask;
import dev.panorm.ops.NormSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;

/** The norms of oneDNN on the memory of one task, with what it can fuse with them. */
final class DnnlNorm {

  private final dnnl_engine engine;
  private final dnnl_stream stream;
  private final NormTask task;
  private final NormCase norm;
  private final NormData data;
  private final int flags;
  private final Scope scope = Scope.open();
  private final dnnl_memory_desc dataDesc;
  private final dnnl_memory_desc statsDesc;
  private final dnnl_memory_desc channelDesc;
  private final Tensor mean;
  private final Tensor variance;

  DnnlNorm(dnnl_engine engine, dnnl_stream stream, NormTask task) {
    this.engine = engine;
    this.stream = stream;
    this.task = task;
    norm = task.norm();
    data = task.data();
    flags = flags(norm.spec());
    dataDesc = DnnlPrimitive.describe(Strides.dims(norm), Strides.of(norm));
    long[] stats = statistics(norm);
    statsDesc = DnnlPrimitive.describe(stats, Strides.contiguous(stats));
    channelDesc = DnnlPrimitive.describe(new long[] {norm.channels()}, new long[] {1});
    mean = scope.zeros(DType.FLOAT32, Shape.of(stats));
    variance = scope.zeros(DType.FLOAT32, Shape.of(stats));
  }

  private static int flags(NormSpec spec) {
    int flags = dnnl.dnnl_use_scale;
    flags |= spec.kind() == NormSpec.Kind.RMS ? dnnl.dnnl_rms_norm : dnnl.dnnl_use_shift;
    return fusesRelu(spec) ? flags | dnnl.dnnl_fuse_norm_relu : flags;
  }

  /** A batch norm takes a ReLU behind it, forward and backward. */
  private static boolean fusesRelu(NormSpec spec) {
    return spec.kind() == NormSpec.Kind.BATCH && spec.activation() == Activation.RELU;
  }

  /** Returns the norm ready to run; for backward, forward has left its statistics. */
  Call call() {
    if (task.adds()) {
      throw new UnavailableException("it fuses no addition before a norm");
    }
    return switch (task.part()) {
      case FWD, TRAIN -> forward();
      case EVAL -> inference();
      case BWD -> backward();
    };
  }

  private List<AutoCloseable> owned() {
    return List.of(
        scope,
        () -> DnnlPrimitive.destroy(dataDesc),
        () -> DnnlPrimitive.destroy(statsDesc),
        () -> DnnlPrimitive.destroy(channelDesc));
  }

  private Call inference() {
    dnnl_primitive_desc desc =
        forwardDesc(dnnl.dnnl_forward_inference, flags | dnnl.dnnl_use_global_stats);
    return new DnnlPrimitive(
        engine, stream, desc, forwardArguments(data.mean(), data.variance()), owned());
  }

  private Call forward() {
    dnnl_primitive_desc desc = forwardDesc(dnnl.dnnl_forward_training, flags);
    List<DnnlPrimitive.Argument> arguments = forwardArguments(mean, variance);
    DnnlPrimitive.workspace(scope, desc).addTo(arguments);
    return new DnnlPrimitive(engine, stream, desc, arguments, owned());
  }

  private Call backward() {
    if (norm.spec().activation() != Activation.IDENTITY && !fusesRelu(norm.spec())) {
      throw new UnavailableException("it fuses no such activation with the backward of a norm");
    }
    dnnl_primitive_desc forward = forwardDesc(dnnl.dnnl_forward_training, flags);
    DnnlPrimitive.Workspace workspace = DnnlPrimitive.workspace(scope, forward);
    dnnl_primitive_desc desc = backwardDesc(forward);
    List<DnnlPrimitive.Argument> before = forwardArguments(mean, variance);
    workspace.addTo(before);
    try (DnnlPrimitive first = new DnnlPrimitive(engine, stream, forward, before, List.of())) {
      first.run();
    }
    List<DnnlPrimitive.Argument> arguments = common(mean, variance);
    workspace.addTo(arguments);
    arguments.add(argument(dnnl.DNNL_ARG_DIFF_DST, dataDesc, data.dy()));
    arguments.add(argument(dnnl.DNNL_ARG_DIFF_SRC, dataDesc, data.dx()));
    arguments.add(
        argument(dnnl.DNNL_ARG_DIFF_SCALE, channelDesc, present(data.gradient().weight())));
    if (data.gradient().bias() != null) {
      arguments.add(argument(dnnl.DNNL_ARG_DIFF_SHIFT, channelDesc, data.gradient().bias()));
    }
    return new DnnlPrimitive(engine, stream, desc, arguments, owned());
  }

  private List<DnnlPrimitive.Argument> forwardArguments(Tensor means, Tensor variances) {
    List<DnnlPrimitive.Argument> arguments = common(means, variances);
    if (data.affine().bias() != null) {
      arguments.add(argument(dnnl.DNNL_ARG_SHIFT, channelDesc, data.affine().bias()));
    }
    arguments.add(argument(dnnl.DNNL_ARG_DST, dataDesc, data.y()));
    return arguments;
  }

  private List<DnnlPrimitive.Argument> common(Tensor means, Tensor variances) {
    List<DnnlPrimitive.Argument> arguments = new ArrayList<>();
    arguments.add(argument(dnnl.DNNL_ARG_SRC, dataDesc, data.x()));
    if (norm.spec().kind() != NormSpec.Kind.RMS) {
      arguments.add(argument(dnnl.DNNL_ARG_MEAN, statsDesc, means));
    }
    arguments.add(argument(dnnl.DNNL_ARG_VARIANCE, statsDesc, variances));
    arguments.add(argument(dnnl.DNNL_ARG_SCALE, channelDesc, present(data.affine().weight())));
    return arguments;
  }

  private static DnnlPrimitive.Argument argument(int which, dnnl_memory_desc desc, Tensor tensor) {
    return new DnnlPrimitive.Argument(which, desc, tensor);
  }

  /** What follows the norm in the same primitive. */
  private dnnl_primitive_attr attributes() {
    int function =
        switch (norm.spec().activation()) {
          case IDENTITY -> dnnl.dnnl_alg_kind_undef;
          case RELU -> fusesRelu(norm.spec()) ? dnnl.dnnl_alg_kind_undef : dnnl.dnnl_eltwise_relu;
          case GELU -> dnnl.dnnl_eltwise_gelu_erf;
          case SILU -> dnnl.dnnl_eltwise_swish;
          default -> throw new UnavailableException("not asked of onednn");
        };
    if (function == dnnl.dnnl_alg_kind_undef) {
      return new dnnl_primitive_attr(null);
    }
    dnnl_primitive_attr attributes = new dnnl_primitive_attr();
    dnnl_post_ops after = new dnnl_post_ops();
    float alpha = function == dnnl.dnnl_eltwise_swish ? 1 : 0;
    DnnlPrimitive.check("attributes", dnnl_primitive_attr_create(attributes));
    DnnlPrimitive.check("post-ops", dnnl_post_ops_create(after));
    DnnlPrimitive.check("post-ops", dnnl_post_ops_append_eltwise(after, function, alpha, 0));
    DnnlPrimitive.check("attributes", dnnl_primitive_attr_set_post_ops(attributes, after));
    dnnl_post_ops_destroy(after);
    return attributes;
  }

  private dnnl_primitive_desc forwardDesc(int kind, int given) {
    dnnl_primitive_desc desc = new dnnl_primitive_desc();
    dnnl_primitive_attr with = attributes();
    float eps = (float) norm.spec().eps();
    DnnlPrimitive.check(
        norm + " forward",
        switch (norm.spec().kind()) {
          case LAYER, RMS ->
              dnnl_layer_normalization_forward_primitive_desc_create(
                  desc, engine, kind, dataDesc, dataDesc, statsDesc, eps, given, with);
          case BATCH ->
              dnnl_batch_normalization_forward_primitive_desc_create(
                  desc, engine, kind, dataDesc, dataDesc, eps, given, with);
          case GROUP, INSTANCE ->
              dnnl_group_normalization_forward_primitive_desc_create(
                  desc, engine, kind, dataDesc, dataDesc, groups(norm), eps, given, with);
        });
    return desc;
  }

  private dnnl_primitive_desc backwardDesc(dnnl_primitive_desc forward) {
    dnnl_primitive_desc desc = new dnnl_primitive_desc();
    dnnl_primitive_attr none = new dnnl_primitive_attr(null);
    float eps = (float) norm.spec().eps();
    int kind = dnnl.dnnl_backward;
    DnnlPrimitive.check(
        norm + " backward",
        switch (norm.spec().kind()) {
          case LAYER, RMS ->
              dnnl_layer_normalization_backward_primitive_desc_create(
                  desc, engine, kind, dataDesc, dataDesc, dataDesc, statsDesc, eps, flags, forward,
                  none);
          case BATCH ->
              dnnl_batch_normalization_backward_primitive_desc_create(
                  desc, engine, kind, dataDesc, dataDesc, dataDesc, eps, flags, forward, none);
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
                  flags,
                  forward,
                  none);
        });
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
