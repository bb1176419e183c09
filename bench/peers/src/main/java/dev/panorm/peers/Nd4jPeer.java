package dev.panorm.peers;

import dev.panorm.Activation;
import dev.panorm.Layout;
import dev.panorm.Tensor;
import dev.panorm.bench.compare.Call;
import dev.panorm.bench.compare.Contender;
import dev.panorm.bench.compare.UnavailableException;
import dev.panorm.bench.task.Direction;
import dev.panorm.bench.task.NormData;
import dev.panorm.bench.task.NormTask;
import dev.panorm.bench.task.ProductCase;
import dev.panorm.bench.task.Task;
import dev.panorm.ops.NormSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.impl.layers.convolution.BatchNorm;
import org.nd4j.linalg.api.ops.impl.transforms.custom.LayerNorm;
import org.nd4j.linalg.api.ops.impl.transforms.custom.LayerNormBp;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J's native backend: its operations on arrays of its own, which are there before. */
public final class Nd4jPeer implements Contender {

  private static final String PROPERTIES = "/META-INF/maven/org.nd4j/nd4j-api/pom.properties";

  private int threads;

  /** For the service loader. */
  public Nd4jPeer() {}

  @Override
  public String name() {
    return "nd4j";
  }

  @Override
  public void open(int count) {
    OpenMp.require(count);
    threads = count;
    try {
      Nd4j.getExecutioner().getEnvironmentInformation();
    } catch (LinkageError | RuntimeException e) {
      throw new UnavailableException(e);
    }
  }

  @Override
  public Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("version", version());
    details.put("backend", Nd4j.getBackend().getClass().getSimpleName());
    details.put("threads", threads + " by OpenMP");
    return details;
  }

  private static String version() {
    Properties properties = new Properties();
    try (InputStream in = Nd4j.class.getResourceAsStream(PROPERTIES)) {
      properties.load(Objects.requireNonNull(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "unknown");
  }

  @Override
  public Call call(Task task) {
    return switch (task) {
      case NormTask norm -> norm(norm);
      case ProductCase.Product product -> product(product);
      default -> throw new UnavailableException("not asked of nd4j");
    };
  }

  private static Call norm(NormTask task) {
    NormSpec spec = task.norm().spec();
    if (task.adds() || spec.activation() != Activation.IDENTITY) {
      throw new UnavailableException("it fuses nothing with a norm");
    }
    return switch (spec.kind()) {
      case LAYER -> layer(task);
      case BATCH -> batch(task);
      default -> throw new UnavailableException("it has no such norm");
    };
  }

  /** Its layer norm has no eps, which matters little for data of variance 0.4. */
  private static Call layer(NormTask task) {
    NormData data = task.data();
    int last = data.x().shape().rank() - 1;
    INDArray x = copied(data.x());
    INDArray weight = copied(NormData.present(data.affine().weight()));
    INDArray bias = copied(NormData.present(data.affine().bias()));
    if (task.part() != Direction.BWD) {
      INDArray y = x.ulike();
      return call(new LayerNorm(x, weight, bias, y, true, last), task.results(), List.of(y));
    }
    INDArray dx = x.ulike();
    INDArray dweight = weight.ulike();
    INDArray dbias = bias.ulike();
    return call(
        new LayerNormBp(x, weight, bias, copied(data.dy()), dx, dweight, dbias, true, last),
        task.results(),
        List.of(dx, dweight, dbias));
  }

  private static Call batch(NormTask task) {
    if (task.part() != Direction.EVAL) {
      throw new UnavailableException("its batch norm takes given statistics only");
    }
    NormData data = task.data();
    INDArray x = copied(data.x());
    INDArray y = x.ulike();
    int axis = task.norm().spec().layout() == Layout.NHWC ? x.rank() - 1 : 1;
    return call(
        new BatchNorm(
            x,
            copied(data.mean()),
            copied(data.variance()),
            copied(NormData.present(data.affine().weight())),
            copied(NormData.present(data.affine().bias())),
            task.norm().spec().eps(),
            axis),
        task.results(),
        List.of(y));
  }

  private static Call product(ProductCase.Product task) {
    INDArray a = copied(task.a());
    INDArray b = copied(task.b());
    INDArray c = a.ulike();
    return new Delivered("mmul", () -> a.mmuli(b, c), task.results(), List.of(c));
  }

  private static Call call(CustomOp op, List<Tensor> results, List<INDArray> got) {
    if (op.numOutputArguments() == 0) {
      got.forEach(op::addOutputArgument);
    }
    return new Delivered(op.opName(), () -> Nd4j.exec(op), results, got);
  }

  private static INDArray copied(Tensor tensor) {
    return Nd4j.create(tensor.toFloatArray(), tensor.shape().dims(), 'c');
  }

  /** A call whose results are copied where the task wants them. */
  private record Delivered(String backend, Runnable work, List<Tensor> results, List<INDArray> got)
      implements Call {

    @Override
    public void run() {
      work.run();
    }

    @Override
    public void deliver() {
      List<INDArray> all = new ArrayList<>(got);
      for (int i = 0; i < results.size(); i++) {
        results.get(i).copyFrom(all.get(i).dup('c').data().asFloat());
      }
    }
  }
}
