package dev.panorm.bench.check;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.init.FanMode;
import dev.panorm.init.InitFigures;
import dev.panorm.init.Nonlinearity;
import java.util.Locale;

/** Runs the figures that initializers draw by. */
final class InitRunner {

  private InitRunner() {}

  static void run(Run run) {
    Case subject = run.subject();
    Shape shape = Shape.of(subject.tensor("weight_shape").toLongArray());
    Nonlinearity nonlinearity =
        Nonlinearity.valueOf(subject.text("nonlinearity").toUpperCase(Locale.ROOT));
    double slope = subject.number("negative_slope");
    InitFigures figures =
        subject.text("scheme").equals("xavier")
            ? InitFigures.xavier(shape, nonlinearity.gain(slope))
            : InitFigures.kaiming(
                shape,
                FanMode.valueOf(subject.text("mode").toUpperCase(Locale.ROOT)),
                nonlinearity,
                slope);
    number(run, "fan_in", (double) figures.fanIn());
    number(run, "fan_out", (double) figures.fanOut());
    number(run, "gain", figures.gain());
    number(run, "std", figures.std());
    number(run, "bound", figures.bound());
  }

  private static void number(Run run, String name, double value) {
    Tensor tensor = run.scope().of(new double[] {value});
    run.result(name, tensor.view(Shape.of()));
  }
}
