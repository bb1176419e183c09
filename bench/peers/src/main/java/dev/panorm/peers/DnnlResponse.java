package dev.panorm.peers;

import static org.bytedeco.dnnl.global.dnnl.dnnl_lrn_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_lrn_forward_primitive_desc_create;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.bench.compare.Call;
import dev.panorm.bench.task.ResponseCase;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;

/** Local response normalization of oneDNN. */
final class DnnlResponse {

  /** PyTorch's defaults, which the task has. */
  private static final float ALPHA = 1e-4f;

  private static final float BETA = 0.75f;

  private final dnnl_engine engine;
  private final dnnl_stream stream;
  private final ResponseCase.Response task;
  private final Scope scope = Scope.open();
  private final dnnl_memory_desc desc;

  DnnlResponse(dnnl_engine engine, dnnl_stream stream, ResponseCase.Response task) {
    this.engine = engine;
    this.stream = stream;
    this.task = task;
    long[] dims = task.x().shape().dims();
    desc = DnnlPrimitive.describe(dims, Strides.contiguous(dims));
  }

  Call call() {
    dnnl_primitive_desc forward = forward();
    DnnlPrimitive.Workspace workspace = DnnlPrimitive.workspace(scope, forward);
    List<DnnlPrimitive.Argument> arguments = new ArrayList<>();
    arguments.add(argument(dnnl.DNNL_ARG_SRC, task.x()));
    arguments.add(argument(dnnl.DNNL_ARG_DST, task.y()));
    workspace.addTo(arguments);
    if (!task.backward()) {
      return new DnnlPrimitive(engine, stream, forward, arguments, owned());
    }
    dnnl_primitive_desc backward = backward(forward);
    try (DnnlPrimitive before = new DnnlPrimitive(engine, stream, forward, arguments, List.of())) {
      before.run();
    }
    arguments.remove(1);
    arguments.add(argument(dnnl.DNNL_ARG_DIFF_DST, task.dy()));
    arguments.add(argument(dnnl.DNNL_ARG_DIFF_SRC, task.dx()));
    return new DnnlPrimitive(engine, stream, backward, arguments, owned());
  }

  private List<AutoCloseable> owned() {
    return List.of(scope, () -> DnnlPrimitive.destroy(desc));
  }

  private DnnlPrimitive.Argument argument(int which, Tensor tensor) {
    return new DnnlPrimitive.Argument(which, desc, tensor);
  }

  private dnnl_primitive_desc forward() {
    dnnl_primitive_desc made = new dnnl_primitive_desc();
    DnnlPrimitive.check(
        "lrn forward",
        dnnl_lrn_forward_primitive_desc_create(
            made,
            engine,
            dnnl.dnnl_forward_training,
            dnnl.dnnl_lrn_across_channels,
            desc,
            desc,
            ResponseCase.NEIGHBOURS,
            ALPHA,
            BETA,
            1,
            new dnnl_primitive_attr(null)));
    return made;
  }

  private dnnl_primitive_desc backward(dnnl_primitive_desc forward) {
    dnnl_primitive_desc made = new dnnl_primitive_desc();
    DnnlPrimitive.check(
        "lrn backward",
        dnnl_lrn_backward_primitive_desc_create(
            made,
            engine,
            dnnl.dnnl_lrn_across_channels,
            desc,
            desc,
            desc,
            ResponseCase.NEIGHBOURS,
            ALPHA,
            BETA,
            1,
            forward,
            new dnnl_primitive_attr(null)));
    return made;
  }
}
