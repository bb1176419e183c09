package dev.panorm.peers;

import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_version;

import dev.panorm.bench.compare.Call;
import dev.panorm.bench.compare.Contender;
import dev.panorm.bench.compare.UnavailableException;
import dev.panorm.bench.task.NormTask;
import dev.panorm.bench.task.ProductCase;
import dev.panorm.bench.task.ResponseCase;
import dev.panorm.bench.task.Task;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;
import org.jspecify.annotations.Nullable;

/**
 * oneDNN by its C interface: primitives made once, run on Panorm's memory. Its threads are
 * OpenMP's, so {@code OMP_NUM_THREADS} must say how many.
 */
public final class OneDnn implements Contender {

  private @Nullable dnnl_engine engine;
  private @Nullable dnnl_stream stream;
  private int threads;

  /** For the service loader. */
  public OneDnn() {}

  @Override
  public String name() {
    return "onednn";
  }

  @Override
  public String process() {
    return OpenMp.PROCESS;
  }

  @Override
  public void open(int count) {
    OpenMp.require(count);
    threads = count;
    dnnl_engine cpu = engine();
    engine = cpu;
    dnnl_stream inOrder = new dnnl_stream();
    DnnlPrimitive.check("stream", dnnl_stream_create(inOrder, cpu, dnnl.dnnl_stream_default_flags));
    stream = inOrder;
  }

  @Override
  public Map<String, String> details() {
    dnnl_version_t version = dnnl_version();
    Map<String, String> details = new LinkedHashMap<>();
    details.put("version", version.major() + "." + version.minor() + "." + version.patch());
    details.put("cpu isa", isa(dnnl_get_effective_cpu_isa()));
    details.put("threads", threads + " by OpenMP");
    return details;
  }

  @Override
  public Call call(Task task) {
    dnnl_engine on = Objects.requireNonNull(engine);
    dnnl_stream in = Objects.requireNonNull(stream);
    return switch (task) {
      case NormTask norm -> new DnnlNorm(on, in, norm).call();
      case ResponseCase.Response response -> new DnnlResponse(on, in, response).call();
      case ProductCase.Product product -> DnnlProduct.call(on, in, product);
      default -> throw new UnavailableException("not asked of onednn");
    };
  }

  private static dnnl_engine engine() {
    try {
      dnnl_engine cpu = new dnnl_engine();
      DnnlPrimitive.check("engine", dnnl_engine_create(cpu, dnnl.dnnl_cpu, 0));
      return cpu;
    } catch (LinkageError e) {
      throw new UnavailableException(e);
    }
  }

  private static String isa(int value) {
    for (dnnl.cpu_isa isa : dnnl.cpu_isa.values()) {
      if (isa.value == value) {
        return isa.name();
      }
    }
    return Integer.toString(value);
  }

  @Override
  public void close() {
    if (stream != null) {
      dnnl_stream_destroy(stream);
    }
    if (engine != null) {
      dnnl_engine_destroy(engine);
    }
  }
}
