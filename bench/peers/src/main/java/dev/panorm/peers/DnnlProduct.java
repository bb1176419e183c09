package dev.panorm.peers;

import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;

import dev.panorm.bench.compare.Call;
import dev.panorm.bench.task.ProductCase;
import java.util.List;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;

/** A product of oneDNN. */
final class DnnlProduct {

  private DnnlProduct() {}

  static Call call(dnnl_engine engine, dnnl_stream stream, ProductCase.Product task) {
    long[] dims = {task.n(), task.n()};
    dnnl_memory_desc desc = DnnlPrimitive.describe(dims, Strides.contiguous(dims));
    dnnl_primitive_desc made = new dnnl_primitive_desc();
    DnnlPrimitive.check(
        "matmul",
        dnnl_matmul_primitive_desc_create(
            made, engine, desc, desc, null, desc, new dnnl_primitive_attr(null)));
    return new DnnlPrimitive(
        engine,
        stream,
        made,
        List.of(
            new DnnlPrimitive.Argument(dnnl.DNNL_ARG_SRC, desc, task.a()),
            new DnnlPrimitive.Argument(dnnl.DNNL_ARG_WEIGHTS, desc, task.b()),
            new DnnlPrimitive.Argument(dnnl.DNNL_ARG_DST, desc, task.c())),
        List.of(() -> DnnlPrimitive.destroy(desc)));
  }
}
