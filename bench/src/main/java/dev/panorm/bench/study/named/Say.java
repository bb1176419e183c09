package dev.panorm.bench.study.named;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Numbers in sentences. */
final class Say {

  private Say() {}

  /** Formats with a decimal point everywhere. */
  @SuppressWarnings("AnnotateFormatMethod") // no dependency for an annotation
  static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** Returns what is said of each: {@code a, b and c}, or {@code nothing}. */
  static <T> String each(List<T> items, Function<? super T, String> say) {
    if (items.isEmpty()) {
      return "nothing";
    }
    List<String> all = items.stream().map(say).toList();
    String most = String.join(", ", all.subList(0, all.size() - 1));
    return most.isEmpty() ? all.getLast() : most + " and " + all.getLast();
  }
}
