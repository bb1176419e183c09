package dev.panorm.nn;

import dev.panorm.Generator;
import dev.panorm.init.FanMode;
import dev.panorm.init.Init;
import dev.panorm.init.InitFigures;
import dev.panorm.init.Nonlinearity;
import org.jspecify.annotations.Nullable;

/**
 * What PyTorch's linear maps and convolutions begin with: Kaiming's uniform form for a leaky
 * rectifier of slope √5, that is U(±1 / √fanIn), for weight and bias.
 */
final class DefaultInit {

  private static final double SLOPE = Math.sqrt(5);

  private DefaultInit() {}

  static void fill(Parameter weight, @Nullable Parameter bias, Generator generator) {
    Init.kaimingUniform(
        weight.value(), FanMode.FAN_IN, Nonlinearity.LEAKY_RELU, SLOPE, generator.next());
    if (bias != null) {
      double bound = 1 / Math.sqrt((double) InitFigures.fanIn(weight.shape()));
      Init.uniform(bias.value(), -bound, bound, generator.next());
    }
  }
}
