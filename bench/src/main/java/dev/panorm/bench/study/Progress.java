package dev.panorm.bench.study;

import dev.panorm.train.EpochResult;
import dev.panorm.train.Evaluation;
import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a training is: a bar where a person watches a terminal, else a line for each epoch.
 */
final class Progress implements AutoCloseable {

  private static final int COLUMNS = 100;

  private final String name;
  private final PrintWriter err;
  private final @Nullable ProgressBar bar;

  Progress(String name, int steps, PrintWriter err, boolean terminal) {
    this.name = name;
    this.err = err;
    bar = terminal ? bar(name, steps, err) : null;
  }

  private static ProgressBar bar(String name, int steps, PrintWriter err) {
    return new ProgressBarBuilder()
        .setTaskName(String.format(Locale.ROOT, "%-12s", name))
        .setInitialMax(steps)
        .setStyle(ProgressBarStyle.ASCII)
        .setMaxRenderedLength(COLUMNS)
        .setConsumer(
            new DelegatingProgressBarConsumer(
                line -> {
                  err.print("\r" + line);
                  err.flush();
                },
                COLUMNS))
        .build();
  }

  /** Shows a step, counted from 1 over all epochs. */
  void step(int done, double loss) {
    if (bar != null) {
      bar.stepTo(done);
      bar.setExtraMessage(String.format(Locale.ROOT, "loss %.3f", loss));
    }
  }

  /** Shows how many points of a study are worked out. */
  void point(int done) {
    if (bar != null) {
      bar.stepTo(done);
    }
  }

  /** Shows an epoch. */
  void epoch(EpochResult trained, Evaluation tested) {
    if (bar == null) {
      err.printf(
          Locale.ROOT,
          "%s: epoch %d, train loss %.4f, test accuracy %.2f %%, %.1f s%n",
          name,
          trained.epoch() + 1,
          trained.loss(),
          100 * tested.accuracy(),
          trained.seconds());
      err.flush();
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      err.println();
      err.flush();
    }
  }
}
