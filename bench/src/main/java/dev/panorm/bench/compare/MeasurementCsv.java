package dev.panorm.bench.compare;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Measurements as comma-separated values. */
final class MeasurementCsv {

  private static final String HEADING =
      "op,direction,layout,shape,dtype,threads,impl,backend,median_us,spread,bytes,gbps,"
          + "floor_ratio,max_error,over_panorm,heap_bytes,pages";

  private MeasurementCsv() {}

  static void write(Path file, Collection<Measurement> measurements) throws IOException {
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
      out.println(HEADING);
      for (Measurement one : measurements) {
        out.println(
            Stream.of(
                    one.op(),
                    one.direction(),
                    one.layout(),
                    one.shape(),
                    one.dtype(),
                    Integer.toString(one.threads()),
                    one.impl(),
                    one.backend().replace(',', ';'),
                    number(one.medianUs()),
                    number(one.spread()),
                    Long.toString(one.bytes()),
                    number(one.gbps()),
                    number(one.floorRatio()),
                    number(one.maxError()),
                    number(one.overPanorm()),
                    number(one.heapBytes()),
                    number(one.pages()))
                .collect(Collectors.joining(",")));
      }
    }
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.5g", value);
  }

  static List<Measurement> read(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.skip(1).map(MeasurementCsv::parse).toList();
    }
  }

  private static Measurement parse(String line) {
    String[] f = line.split(",", -1);
    return new Measurement(
        f[0],
        f[1],
        f[2],
        f[3],
        f[4],
        Integer.parseInt(f[5]),
        f[6],
        f[7],
        number(f[8]),
        number(f[9]),
        Long.parseLong(f[10]),
        number(f[12]),
        number(f[13]),
        number(f[14]),
        number(f[15]),
        number(f[16]));
  }

  private static double number(String text) {
    return text.isEmpty() ? Double.NaN : Double.parseDouble(text);
  }
}
