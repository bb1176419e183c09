package dev.panorm.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The programs of Panorm and their sources.
 *
 * <p>Sources are read here, since resources inside a named module are closed to others. A line
 * {@code #include "file.cl"} stands for that file's text, once per program: an OpenCL compiler does
 * not see inside a jar.
 */
public final class KernelCatalog {

  private static final String INCLUDE = "#include \"";

  private static final Map<String, List<Integer>> TYPES = Map.of("DTYPE", List.of(32, 64));

  private static final List<Integer> ACTIVATIONS = List.of(0, 1, 2, 3, 4, 5, 6);

  private static final Map<String, List<Integer>> NORM_OPTIONS =
      Map.of("DTYPE", List.of(32, 64), "ACT", ACTIVATIONS, "RES", List.of(0, 1, 2));

  private static final List<KernelProgram> PROGRAMS =
      List.of(
          new KernelProgram("rows", List.of("rows_forward"), NORM_OPTIONS),
          new KernelProgram("rows_backward", List.of("rows_backward", "rows_finish"), NORM_OPTIONS),
          new KernelProgram(
              "planes",
              List.of(
                  "planes_forward",
                  "planes_statistics",
                  "planes_merge",
                  "planes_apply",
                  "given_statistics"),
              NORM_OPTIONS),
          new KernelProgram(
              "planes_backward",
              List.of(
                  "planes_backward",
                  "planes_backward_sums",
                  "planes_backward_units",
                  "planes_backward_apply",
                  "planes_parameters",
                  "given_statistics"),
              NORM_OPTIONS),
          new KernelProgram(
              "strips",
              List.of("strips_forward", "strips_backward", "given_statistics"),
              NORM_OPTIONS),
          new KernelProgram(
              "columns",
              List.of(
                  "columns_statistics",
                  "columns_gather",
                  "columns_merge",
                  "columns_coefficients",
                  "columns_apply",
                  "columns_forward",
                  "given_statistics"),
              NORM_OPTIONS),
          new KernelProgram(
              "columns_backward",
              List.of(
                  "columns_backward_prepare",
                  "columns_backward_sums",
                  "columns_backward_gather",
                  "columns_backward_coefficients",
                  "columns_backward_apply",
                  "columns_backward",
                  "columns_parameters",
                  "given_statistics"),
              NORM_OPTIONS),
          new KernelProgram("pointwise", List.of("unary", "binary", "axpby"), TYPES),
          new KernelProgram(
              "activation",
              List.of("activate_all", "activate_all_backward"),
              Map.of("DTYPE", List.of(32, 64), "ACT", ACTIVATIONS)),
          new KernelProgram(
              "softmax",
              List.of(
                  "softmax_rows",
                  "softmax_rows_backward",
                  "softmax_columns",
                  "softmax_columns_backward"),
              TYPES),
          new KernelProgram(
              "reduce", List.of("reduce_rows", "reduce_finish", "reduce_columns", "argmax"), TYPES),
          new KernelProgram("dropout", List.of("drop_scales", "drop"), TYPES),
          new KernelProgram(
              "gemm",
              List.of("gemm", "gemm_finish"),
              Map.of(
                  "DTYPE", List.of(32, 64),
                  "TA", List.of(0, 1),
                  "TB", List.of(0, 1),
                  "ROWS", List.of(4, 8),
                  "NV", List.of(1, 2))),
          new KernelProgram("copy", List.of("copy"), TYPES));

  private KernelCatalog() {}

  /** Returns every program. */
  public static List<KernelProgram> programs() {
    return PROGRAMS;
  }

  /**
   * Returns a program by its name.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public static KernelProgram program(String name) {
    return PROGRAMS.stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "kernels: program is "
                        + name
                        + ", expected one of "
                        + PROGRAMS.stream().map(KernelProgram::name).toList()));
  }

  /** Returns the text of a program, its includes resolved. */
  static String source(String name) {
    StringBuilder text = new StringBuilder();
    append(name + ".cl", new HashSet<>(), text);
    return text.toString();
  }

  private static void append(String file, Set<String> seen, StringBuilder text) {
    if (!seen.add(file)) {
      return;
    }
    read(file)
        .lines()
        .forEach(
            line -> {
              if (line.startsWith(INCLUDE)) {
                append(line.substring(INCLUDE.length(), line.lastIndexOf('"')), seen, text);
              } else {
                text.append(line).append('\n');
              }
            });
  }

  private static String read(String file) {
    try (InputStream in = KernelCatalog.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("kernels: " + file + " is not in the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("kernels: cannot read " + file, e);
    }
  }
}
