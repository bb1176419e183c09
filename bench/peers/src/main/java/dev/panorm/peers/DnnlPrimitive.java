package dev.panorm.peers;

import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_clone;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_wait;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.bench.compare.Call;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/** A primitive of oneDNN with its arguments, all of which live until it is closed. */
final class DnnlPrimitive implements Call {

  /**
   * A tensor as an argument.
   *
   * @param argument which one, such as {@code DNNL_ARG_SRC}
   * @param desc its shape
   * @param tensor its memory
   */
  record Argument(int argument, dnnl_memory_desc desc, Tensor tensor) {}

  /**
   * What forward leaves for backward beside its statistics.
   *
   * @param desc its shape
   * @param memory its bytes; null where there is none
   */
  record Workspace(dnnl_memory_desc desc, @Nullable Tensor memory) {

    /** Adds it to the arguments if there is one. */
    void addTo(List<Argument> arguments) {
      if (memory != null) {
        arguments.add(new Argument(dnnl.DNNL_ARG_WORKSPACE, desc, memory));
      }
    }
  }

  /** Returns memory for the workspace of what is described, on which the description depends. */
  static Workspace workspace(Scope scope, dnnl_primitive_desc desc) {
    dnnl_memory_desc made = new dnnl_memory_desc();
    check(
        "workspace",
        dnnl_memory_desc_clone(
            made, dnnl_primitive_desc_query_md(desc, dnnl.dnnl_query_workspace_md, 0)));
    long bytes = dnnl_memory_desc_get_size(made);
    return new Workspace(made, bytes == 0 ? null : scope.zeros(DType.FLOAT32, (bytes + 3) / 4));
  }

  private final dnnl_stream stream;
  private final String backend;
  private final dnnl_primitive primitive = new dnnl_primitive();
  private final List<dnnl_memory> memories = new ArrayList<>();
  private final dnnl_exec_arg_t arguments;
  private final int count;
  private final List<AutoCloseable> kept;

  /**
   * Creates the primitive.
   *
   * @param desc what to do; closed here
   * @param kept what lives as long as the primitive
   */
  DnnlPrimitive(
      dnnl_engine engine,
      dnnl_stream stream,
      dnnl_primitive_desc desc,
      List<Argument> given,
      List<AutoCloseable> kept) {
    this.stream = stream;
    this.kept = kept;
    check("primitive", dnnl_primitive_create(primitive, desc));
    backend = implementation(desc);
    dnnl_primitive_desc_destroy(desc);
    count = given.size();
    arguments = new dnnl_exec_arg_t(count);
    for (int i = 0; i < count; i++) {
      dnnl_memory memory = new dnnl_memory();
      check(
          "memory",
          dnnl_memory_create(
              memory, given.get(i).desc(), engine, Natives.pointer(given.get(i).tensor())));
      memories.add(memory);
      arguments.getPointer(i).arg(given.get(i).argument()).memory(memory);
    }
  }

  private static String implementation(dnnl_primitive_desc desc) {
    try (PointerPointer<BytePointer> text = new PointerPointer<>(1)) {
      check("query", dnnl_primitive_desc_query(desc, dnnl.dnnl_query_impl_info_str, 0, text));
      return text.get(BytePointer.class, 0).getString();
    }
  }

  /** Returns a dense description of float32 data with the given strides. */
  static dnnl_memory_desc describe(long[] dims, long[] strides) {
    dnnl_memory_desc desc = new dnnl_memory_desc();
    check(
        "memory description",
        dnnl_memory_desc_create_with_strides(desc, dims.length, dims, dnnl.dnnl_f32, strides));
    return desc;
  }

  static void destroy(dnnl_memory_desc desc) {
    dnnl_memory_desc_destroy(desc);
  }

  static void check(String what, int status) {
    if (status != dnnl.dnnl_success) {
      throw new IllegalStateException("onednn: " + what + " ended with status " + status);
    }
  }

  @Override
  public String backend() {
    return backend;
  }

  @Override
  public void run() {
    int status = dnnl_primitive_execute(primitive, stream, count, arguments);
    if (status != dnnl.dnnl_success) {
      check("execute", status);
    }
    dnnl_stream_wait(stream);
  }

  @Override
  public void close() {
    dnnl_primitive_destroy(primitive);
    memories.forEach(memory -> dnnl_memory_destroy(memory));
    arguments.close();
    for (AutoCloseable one : kept) {
      try {
        one.close();
      } catch (Exception e) {
        throw new IllegalStateException("onednn: " + e.getMessage(), e);
      }
    }
  }
}
