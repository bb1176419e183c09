package dev.panorm.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One {@code .cl} file with what it includes: its kernels and the ways in which it may be compiled.
 *
 * @param name name of the file without its ending
 * @param kernels entry points
 * @param options what may be chosen at compile time besides the {@link LaunchShape}: each define
 *     with its legal values; every combination is legal
 */
public record KernelProgram(String name, List<String> kernels, Map<String, List<Integer>> options) {

  /** Creates a program; the collections are copied. */
  public KernelProgram {
    kernels = List.copyOf(kernels);
    options = Map.copyOf(options);
  }

  /** Returns the text to compile. */
  public String source() {
    return KernelCatalog.source(name);
  }

  /**
   * Returns the compiler's arguments for a variant.
   *
   * @param chosen a legal value for each of {@link #options()}
   * @throws IllegalArgumentException if an option is missing or unknown, or its value is not legal
   */
  public String arguments(Map<String, Integer> chosen, LaunchShape shape) {
    if (!chosen.keySet().equals(options.keySet())) {
      throw new IllegalArgumentException(
          name + ": options are " + chosen.keySet() + ", expected " + options.keySet());
    }
    StringBuilder arguments = new StringBuilder("-w -cl-std=CL1.2");
    new TreeMap<>(chosen)
        .forEach(
            (define, value) -> {
              if (!options.getOrDefault(define, List.of()).contains(value)) {
                throw new IllegalArgumentException(
                    name
                        + ": "
                        + define
                        + " is "
                        + value
                        + ", expected one of "
                        + options.get(define));
              }
              arguments.append(" -D").append(define).append('=').append(value);
            });
    return arguments
        .append(" -DLS=")
        .append(shape.localSize())
        .append(" -DVW=")
        .append(shape.vectorWidth())
        .append(" -DALN=")
        .append(shape.aligned() ? 1 : 0)
        .append(" -DNT=")
        .append(shape.streaming() ? 1 : 0)
        .toString();
  }

  /** Returns every legal combination of the options. */
  public List<Map<String, Integer>> variants() {
    List<Map<String, Integer>> all = new ArrayList<>(List.of(Map.of()));
    new TreeMap<>(options)
        .forEach(
            (define, values) -> {
              List<Map<String, Integer>> longer = new ArrayList<>();
              for (Map<String, Integer> variant : all) {
                for (int value : values) {
                  Map<String, Integer> one = new TreeMap<>(variant);
                  one.put(define, value);
                  longer.add(one);
                }
              }
              all.clear();
              all.addAll(longer);
            });
    return List.copyOf(all);
  }
}
