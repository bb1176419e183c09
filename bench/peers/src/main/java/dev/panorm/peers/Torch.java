package dev.panorm.peers;

import static org.bytedeco.pytorch.global.torch.get_cpu_capability;
import static org.bytedeco.pytorch.global.torch.get_num_threads;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.show_config;

import dev.panorm.bench.compare.Call;
import dev.panorm.bench.compare.Contender;
import dev.panorm.bench.compare.UnavailableException;
import dev.panorm.bench.task.NormTask;
import dev.panorm.bench.task.ProductCase;
import dev.panorm.bench.task.ResponseCase;
import dev.panorm.bench.task.StepCase;
import dev.panorm.bench.task.Task;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.global.torch;

/**
 * libtorch's native kernels, called without autograd. They read Panorm's memory and allocate what
 * they return; the process is set up so that malloc hands them the memory of the call before.
 */
public final class Torch implements Contender {

  private static final Pattern VERSION = Pattern.compile("TORCH_VERSION=([^,]+)");

  /** For the service loader. */
  public Torch() {}

  @Override
  public String name() {
    return "torch";
  }

  @Override
  public String process() {
    return OpenMp.PROCESS;
  }

  @Override
  public void open(int threads) {
    OpenMp.require(threads);
    try {
      Loader.load(torch.class);
    } catch (LinkageError e) {
      throw new UnavailableException(e);
    }
    set_num_threads(threads);
    GradMode.set_enabled(false);
  }

  @Override
  public Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("version", version());
    details.put("cpu capability", get_cpu_capability().getString());
    details.put("threads", Integer.toString(get_num_threads()));
    return details;
  }

  private static String version() {
    Matcher found = VERSION.matcher(show_config().getString());
    return found.find() ? found.group(1) : "unknown";
  }

  @Override
  public Call call(Task task) {
    return switch (task) {
      case NormTask norm -> TorchNorm.call(norm);
      case ResponseCase.Response response -> TorchResponse.call(response);
      case ProductCase.Product product -> TorchProduct.call(product);
      case StepCase.Step step -> new TorchStep(step);
      default -> throw new UnavailableException("not asked of torch");
    };
  }
}
