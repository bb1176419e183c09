package dev.panorm.bench.compare;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs norms by all contenders in turn, after their results were compared. */
final class NormComparison {

  /** Panorm's, as the goldens': a few roundings of 2^-24 and float32 partial sums. */
  private static final double BOUND = 1e-6;

  /** Beyond this a peer was given another task, and its time would mean nothing. */
  private static final double SAME_TASK = 1e-2;

  private final List<Contender> contenders;
  private final int threads;
  private final Rounds rounds;
  private final PrintWriter progress;
  private final List<Measurement> measurements = new ArrayList<>();

  NormComparison(List<Contender> contenders, int threads, Rounds rounds, PrintWriter progress) {
    this.contenders = contenders;
    this.threads = threads;
    this.rounds = rounds;
    this.progress = progress;
  }

  /** A contender with its call. */
  private record Entry(Contender contender, Call call, double error) {}

  /** Measures the cases, each in all its directions. */
  List<Measurement> run(Collection<NormCase> cases) {
    for (NormCase norm : cases) {
      try (Scope scope = Scope.open()) {
        NormData data = NormData.draw(scope, norm);
        for (Direction direction : norm.directions()) {
          progress.println(norm + " " + direction + ", " + threads + " threads");
          progress.flush();
          measure(norm, direction, data);
        }
      }
    }
    return measurements;
  }

  private void measure(NormCase norm, Direction direction, NormData data) {
    List<float[]> expected = expected(norm, direction, data);
    List<Entry> entries = new ArrayList<>();
    try {
      for (Contender contender : contenders) {
        Entry entry = prepare(contender, norm, direction, data, expected);
        if (entry != null) {
          entries.add(entry);
        }
      }
      List<Times> times =
          rounds.time(
              entries.stream()
                  .map(entry -> new Rounds.Piece(entry.contender()::enter, entry.call()::run))
                  .toList());
      report(norm, direction, data, entries, times);
    } finally {
      entries.forEach(entry -> entry.call().close());
    }
  }

  private static List<float[]> expected(NormCase norm, Direction direction, NormData data) {
    PanormContender reference = new PanormContender("reference");
    reference.norm(norm, direction, data).run();
    return data.results(direction).stream().map(Tensor::toFloatArray).toList();
  }

  private static @Nullable Entry prepare(
      Contender contender,
      NormCase norm,
      Direction direction,
      NormData data,
      List<float[]> expected) {
    contender.enter();
    Call call = contender.norm(norm, direction, data);
    if (call == null) {
      return null;
    }
    data.results(direction).forEach(result -> result.fill(Double.NaN));
    call.run();
    call.deliver();
    if (contender instanceof CopyContender) {
      return new Entry(contender, call, 0);
    }
    double error = error(data.results(direction), expected);
    double bound = contender instanceof PanormContender ? BOUND : SAME_TASK;
    if (!(error <= bound)) {
      throw new IllegalStateException(
          contender.name() + ": " + norm + " " + direction + " is wrong by " + error);
    }
    return new Entry(contender, call, error);
  }

  private static double error(List<Tensor> results, List<float[]> expected) {
    double error = 0;
    for (int i = 0; i < expected.size(); i++) {
      error = Math.max(error, error(results.get(i).toFloatArray(), expected.get(i)));
    }
    return error;
  }

  private static double error(float[] got, float[] expected) {
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      double difference = Math.abs((double) got[i] - expected[i]);
      worst = difference <= worst ? worst : difference; // so that NaN stays
    }
    return worst / largest;
  }

  private void report(
      NormCase norm, Direction direction, NormData data, List<Entry> entries, List<Times> times) {
    long bytes = data.x().byteSize();
    double copy = Double.POSITIVE_INFINITY;
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).contender() instanceof CopyContender) {
        copy = Math.min(copy, times.get(i).median());
      }
    }
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      boolean copies = entry.contender() instanceof CopyContender;
      int passes = copies ? 2 : direction.passes();
      double median = times.get(i).median();
      measurements.add(
          new Measurement(
              norm.op(),
              direction.toString(),
              norm.layout(),
              norm.sizes(),
              DType.FLOAT32.toString(),
              threads,
              entry.contender().name(),
              entry.call().backend(),
              median / 1e3,
              times.get(i).spread(),
              passes * bytes / median,
              passes * copy / 2 / median,
              entry.error()));
    }
  }
}
