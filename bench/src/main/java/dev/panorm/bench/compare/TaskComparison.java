package dev.panorm.bench.compare;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.bench.task.Case;
import dev.panorm.bench.task.Task;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Runs tasks by all contenders in turn, after their results were compared. */
final class TaskComparison {

  /** Beyond this a peer was given another task, and its time would mean nothing. */
  private static final double SAME_TASK = 1e-2;

  private final List<Contender> contenders;
  private final int threads;
  private final Rounds rounds;
  private final String suffix;
  private final PrintWriter progress;
  private final List<Measurement> measurements = new ArrayList<>();
  private final Map<String, Set<String>> refusals = new TreeMap<>();

  /**
   * Creates the comparison.
   *
   * @param suffix added to the contenders' names in measurements
   */
  TaskComparison(
      List<Contender> contenders, int threads, Rounds rounds, String suffix, PrintWriter progress) {
    this.suffix = suffix;
    this.contenders = contenders;
    this.threads = threads;
    this.rounds = rounds;
    this.progress = progress;
  }

  /** A contender with its call. */
  private record Entry(Contender contender, Call call, Task task, double error) {

    Rounds.Piece piece() {
      return new Rounds.Piece(contender::enter, call);
    }
  }

  /** Measures the tasks of a case one after the other. */
  void run(Case one) {
    try (Scope scope = Scope.open()) {
      for (Task task : one.open(scope)) {
        progress.println(one + " " + task.direction() + ", threads: " + threads);
        measure(List.of(task));
      }
    }
  }

  /** Measures the tasks of all cases in the same rounds. */
  void runTogether(List<Case> cases) {
    try (Scope scope = Scope.open()) {
      List<Task> tasks = new ArrayList<>();
      cases.forEach(one -> tasks.addAll(one.open(scope)));
      progress.println(tasks.size() + " tasks in turn, threads: " + threads);
      measure(tasks);
    }
  }

  /** Returns what was measured so far. */
  List<Measurement> measurements() {
    return measurements;
  }

  /** Returns who could not be measured at what, and why. */
  List<String> refusals() {
    return refusals.entrySet().stream()
        .map(entry -> entry.getKey() + " (" + String.join(", ", entry.getValue()) + ")")
        .toList();
  }

  private void measure(List<Task> tasks) {
    List<List<Entry>> entries = new ArrayList<>();
    try {
      for (Task task : tasks) {
        entries.add(prepared(task));
      }
      Iterator<Times> times =
          rounds.time(entries.stream().flatMap(List::stream).map(Entry::piece).toList()).iterator();
      for (List<Entry> ofTask : entries) {
        report(ofTask, ofTask.stream().map(_ -> times.next()).toList());
      }
    } finally {
      entries.forEach(ofTask -> ofTask.forEach(entry -> entry.call().close()));
    }
  }

  private List<Entry> prepared(Task task) {
    List<float[]> expected = expected(task);
    List<Entry> prepared = new ArrayList<>();
    for (Contender contender : contenders) {
      Entry entry = prepare(contender, task, expected);
      if (entry != null) {
        prepared.add(entry);
      }
    }
    return prepared;
  }

  private static List<float[]> expected(Task task) {
    PanormContender judge = new PanormContender(task.judge());
    judge.enter();
    try (Call call = judge.call(task)) {
      run(task, call);
      return task.results().stream().map(Tensor::toFloatArray).toList();
    }
  }

  private static void run(Task task, Call call) {
    for (int i = 0; i < task.runs(); i++) {
      call.run();
    }
    call.deliver();
  }

  private @Nullable Entry prepare(Contender contender, Task task, List<float[]> expected) {
    contender.enter();
    Call call;
    try {
      call = contender.call(task);
      task.results().forEach(result -> result.fill(Double.NaN));
      run(task, call);
    } catch (UnavailableException e) {
      refuse(contender, task, e.getMessage());
      return null;
    } catch (RuntimeException e) {
      if (contender instanceof PanormContender) {
        throw e;
      }
      refuse(contender, task, e.toString());
      return null;
    }
    if (contender instanceof CopyContender) {
      return new Entry(contender, call, task, 0);
    }
    Difference difference = Difference.of(task.results(), expected);
    if (contender instanceof PanormContender) {
      if (!(difference.largest() <= task.bound())) {
        throw new IllegalStateException(contender.name() + ": " + task + " is " + difference);
      }
    } else if (!(difference.typical() <= SAME_TASK)) {
      call.close();
      refuse(contender, task, "its result is " + difference);
      return null;
    }
    return new Entry(contender, call, task, difference.largest());
  }

  /** Copies and kernels alone are no peers: nobody misses them where they make no sense. */
  private void refuse(Contender contender, Task task, @Nullable String reason) {
    if (!contender.name().startsWith("copy") && !(contender instanceof KernelContender)) {
      refusals
          .computeIfAbsent(contender.name() + ": " + reason, key -> new TreeSet<>())
          .add(task.op() + " " + task.direction());
    }
  }

  private void report(List<Entry> entries, List<Times> times) {
    double copy = Double.POSITIVE_INFINITY;
    double ours = Double.NaN;
    for (int i = 0; i < entries.size(); i++) {
      double median = times.get(i).median();
      if (entries.get(i).contender() instanceof CopyContender) {
        copy = Math.min(copy, median);
      } else if (entries.get(i).contender() instanceof PanormContender && Double.isNaN(ours)) {
        ours = median;
      }
    }
    for (int i = 0; i < entries.size(); i++) {
      measurements.add(measurement(entries.get(i), times.get(i), copy, ours));
    }
  }

  private Measurement measurement(Entry entry, Times times, double copy, double ours) {
    Task task = entry.task();
    return new Measurement(
        task.op(),
        task.direction(),
        task.layout(),
        task.shape(),
        task.dtype().toString(),
        threads,
        entry.contender().name() + suffix,
        entry.call().backend(),
        times.median() / 1e3,
        times.spread(),
        task.bytes(),
        task.bytes() == 0 ? Double.NaN : copy / times.median(),
        entry.error(),
        times.median() / ours,
        times.heapBytes(),
        times.pages());
  }
}
