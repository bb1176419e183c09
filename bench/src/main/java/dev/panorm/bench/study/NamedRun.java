package dev.panorm.bench.study;

import dev.panorm.bench.study.named.Figure;
import dev.panorm.bench.study.named.Finding;
import dev.panorm.bench.study.named.NamedStudy;
import dev.panorm.bench.study.named.Setting;
import dev.panorm.data.Split;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** Runs named studies, prints and draws what they find, and adds it to a report. */
final class NamedRun {

  private final Supplier<Split> data;
  private final long seed;
  private final Path folder;
  private final PrintWriter out;

  /**
   * Creates a run.
   *
   * @param data loaded when a study asks for it
   * @param folder where figures and numbers go
   * @param out where people read
   */
  NamedRun(Supplier<Split> data, long seed, Path folder, PrintWriter out) {
    this.data = data;
    this.seed = seed;
    this.folder = folder;
    this.out = out;
  }

  /** Runs the studies one after the other. */
  void run(List<NamedStudy> studies, Report report, PrintWriter err, boolean terminal)
      throws IOException {
    for (NamedStudy study : studies) {
      Finding finding;
      try (Progress progress = new Progress(study.name(), study.points(), err, terminal)) {
        finding = study.run(new Setting(data, seed, progress::point, folder));
      }
      print(finding);
      report(study, finding, report);
      out.flush();
    }
  }

  private void print(Finding finding) throws IOException {
    for (Figure figure : finding.figures()) {
      out.println(figure.name() + ": " + figure.y());
      figure.table().print(out);
      for (Path file : figure.write(folder)) {
        out.println("wrote " + file);
      }
    }
    out.println(finding.verdict());
  }

  private static void report(NamedStudy study, Finding finding, Report report) throws IOException {
    report.section(study.name());
    report.paragraph(study.line() + ".");
    report.verdict(finding.verdict());
    for (Figure figure : finding.figures()) {
      report.figure(figure.name() + ": " + figure.y() + " by " + figure.x(), figure.png());
      report.numbers(figure.table());
    }
  }
}
