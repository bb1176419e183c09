package dev.panorm.bench.study.named;

import java.util.List;

/**
 * What came out.
 *
 * @param figures curves, which are the numbers of the tables too
 * @param claim what the notes say, a sentence
 * @param shown what this run measured, a sentence
 * @param holds whether that shows the claim
 */
public record Finding(List<Figure> figures, String claim, String shown, boolean holds) {

  /** Keeps a copy of the list. */
  public Finding {
    figures = List.copyOf(figures);
  }

  /** Returns all of it in one sentence. */
  public String verdict() {
    return "The notes claim that "
        + claim
        + "; "
        + shown
        + ": "
        + (holds ? "shown." : "not shown.");
  }
}
