package dev.panorm.nn;

import java.util.function.BiFunction;

/** The scale (ones) and the shift (zeros) that norms begin with. */
final class NormParameters {

  private NormParameters() {}

  static Parameter weight(BiFunction<String, Parameter, Parameter> register, long... dims) {
    return filled(register, "weight", Parameter.Role.NORM_WEIGHT, 1, dims);
  }

  static Parameter bias(BiFunction<String, Parameter, Parameter> register, long... dims) {
    return filled(register, "bias", Parameter.Role.NORM_BIAS, 0, dims);
  }

  private static Parameter filled(
      BiFunction<String, Parameter, Parameter> register,
      String name,
      Parameter.Role role,
      double value,
      long... dims) {
    Parameter parameter = register.apply(name, new Parameter(role, dims));
    parameter.value().fill(value);
    return parameter;
  }
}
