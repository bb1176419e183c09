package dev.panorm.bench.check;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.BackendUnavailableException;
import dev.panorm.backend.Backends;
import dev.panorm.bench.check.Outcome.Status;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs cases on backends and judges the results.
 *
 * <p>It forces one ladder after the other on the whole process; {@link #close} restores the one
 * that was there.
 */
final class Checker implements AutoCloseable {

  private final List<String> backends;
  private final boolean all;
  private final DType dtype;
  private final Ladders ladders = new Ladders();
  private final String[] forcedBefore = Backends.forced().toArray(String[]::new);

  /**
   * Creates a checker.
   *
   * @param backends names of backends of this machine
   * @param all whether they are simply all that there are: then one that does not do this type at
   *     all is left out, where one that was asked for is reported as missing
   */
  Checker(List<String> backends, boolean all, DType dtype) {
    this.backends = List.copyOf(backends);
    this.all = all;
    this.dtype = dtype;
  }

  /** Runs a case with known results on every backend that it concerns. */
  List<Outcome> check(Case subject) {
    Runners.Entry entry = Runners.of(subject.op());
    List<Outcome> outcomes = new ArrayList<>();
    for (String backend : backends) {
      if (entry == null) {
        outcomes.add(missing(subject, backend, "Panorm does not have " + subject.op()));
      } else if (concerns(backend, entry)) {
        outcomes.add(check(subject, entry, backend));
      }
    }
    return outcomes;
  }

  private boolean concerns(String backend, Runners.Entry entry) {
    return all ? ladders.concerns(backend, entry, dtype) : ladders.concerns(backend, entry);
  }

  private Outcome check(Case subject, Runners.Entry entry, String backend) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> got = run(subject, entry, backend, dtype, scope);
      return judge(subject, backend, subject.tensors(), got, Rule.of(subject, dtype));
    } catch (BackendUnavailableException e) {
      return missing(subject, backend, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      return failed(subject, backend, e);
    }
  }

  /**
   * Runs a case without known results: each backend against the reference in float64, and each
   * against each other, where both may be off.
   */
  List<Outcome> compare(Case inputs) {
    Runners.Entry entry = Runners.of(inputs.op());
    if (entry == null) {
      return List.of();
    }
    List<Outcome> outcomes = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> truth = run(inputs, entry, "reference", DType.FLOAT64, scope);
      Case subject = withResults(inputs, truth);
      Rule rule = Rule.of(subject, dtype);
      Map<String, Map<String, Tensor>> done = new LinkedHashMap<>();
      for (String backend : backends) {
        if (!concerns(backend, entry)) {
          continue;
        }
        try {
          Map<String, Tensor> got = run(subject, entry, backend, dtype, scope);
          outcomes.add(judge(subject, backend, truth, got, rule));
          done.forEach(
              (other, theirs) ->
                  outcomes.add(judge(subject, other + "/" + backend, theirs, got, rule.twice())));
          done.put(backend, got);
        } catch (BackendUnavailableException e) {
          outcomes.add(missing(subject, backend, String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
          outcomes.add(failed(subject, backend, e));
        }
      }
    }
    return outcomes;
  }

  private static Case withResults(Case inputs, Map<String, Tensor> truth) {
    Map<String, String> metadata = new LinkedHashMap<>(inputs.metadata());
    metadata.put("results", String.join(",", truth.keySet()));
    return new Case(inputs.name(), metadata, inputs.tensors());
  }

  /** Runs a case on one backend and returns its results, which live in the scope. */
  Map<String, Tensor> run(
      Case subject, Runners.Entry entry, String backend, DType type, Scope scope) {
    Backends.force(ladders.of(backend, entry, type).toArray(String[]::new));
    Run run = new Run(subject, type, scope);
    entry.runner().run(run);
    return run.results();
  }

  private Outcome judge(
      Case subject,
      String backend,
      Map<String, Tensor> expected,
      Map<String, Tensor> got,
      Rule rule) {
    Comparison worst = Comparison.worst(subject, rule, dtype, expected, got);
    if (worst == null) {
      return outcome(subject, backend, "", Double.NaN, rule.bound(), Status.FAIL, "has no results");
    }
    return outcome(
        subject,
        backend,
        worst.result(),
        worst.error(),
        worst.bound(),
        worst.passes() ? Status.PASS : Status.FAIL,
        got.containsKey(worst.result()) ? "" : worst.result() + " was not computed");
  }

  private static Outcome missing(Case subject, String backend, String why) {
    return outcome(subject, backend, "", Double.NaN, Double.NaN, Status.MISSING, why);
  }

  private static Outcome failed(Case subject, String backend, RuntimeException e) {
    return outcome(subject, backend, "", Double.NaN, Double.NaN, Status.FAIL, e.toString());
  }

  private static Outcome outcome(
      Case subject,
      String backend,
      String result,
      double error,
      double bound,
      Status status,
      String note) {
    return new Outcome(
        subject.name(),
        subject.op(),
        subject.variant(),
        backend,
        Panorm.threads(),
        result,
        error,
        bound,
        status,
        note);
  }

  @Override
  public void close() {
    Backends.force(forcedBefore);
  }
}
