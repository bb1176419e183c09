package dev.panorm.bench.study;

import dev.panorm.bench.print.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/** A page that needs nothing but itself: what was run, what came out, figures and their numbers. */
final class Report {

  private static final String STYLE =
      """
      body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
      h1, h2 { line-height: 1.2; }
      h2 { margin-top: 2.5em; }
      code { background: #f2f2f2; padding: 0.1em 0.3em; }
      img { max-width: 100%; height: auto; }
      table { border-collapse: collapse; font-size: 14px; margin-bottom: 1em; }
      th, td { padding: 0.15em 0.8em; border-bottom: 1px solid #ddd; text-align: right; }
      th:first-child, td:first-child { text-align: left; }
      div.numbers { overflow-x: auto; }
      summary { cursor: pointer; }
      p.verdict { border-left: 4px solid #0072b2; padding-left: 1em; }
      """;

  /** Tables of more rows are folded away. */
  private static final int MANY_ROWS = 15;

  private final StringBuilder body = new StringBuilder();

  /**
   * Begins a page.
   *
   * @param title heading of the page
   * @param command what makes it again
   * @param seed of everything random
   */
  Report(String title, String command, long seed) {
    body.append(element("h1", title));
    body.append("<p>").append(element("code", command)).append("</p>\n");
    body.append(element("p", "Seed " + seed + "."));
  }

  /** Begins a section. */
  void section(String title) {
    body.append(element("h2", title));
  }

  /** Adds a paragraph. */
  void paragraph(String text) {
    body.append(element("p", text));
  }

  /** Adds the sentence that it all comes to. */
  void verdict(String sentence) {
    body.append("<p class=\"verdict\">").append(escaped(sentence)).append("</p>\n");
  }

  /**
   * Adds a figure.
   *
   * @param alternative what it shows, for who cannot see it
   * @param png the figure as PNG, smaller by far than as SVG
   */
  void figure(String alternative, byte[] png) {
    body.append("<img alt=\"")
        .append(escaped(alternative))
        .append("\" src=\"data:image/png;base64,")
        .append(Base64.getEncoder().encodeToString(png))
        .append("\">\n");
  }

  /** Adds numbers. */
  void numbers(Table table) {
    List<List<String>> rows = table.rows();
    StringBuilder html = new StringBuilder("<div class=\"numbers\"><table>\n");
    html.append(row("th", rows.getFirst()));
    rows.stream().skip(1).forEach(row -> html.append(row("td", row)));
    html.append("</table></div>\n");
    if (rows.size() > MANY_ROWS) {
      body.append("<details><summary>Numbers</summary>\n").append(html).append("</details>\n");
    } else {
      body.append(html);
    }
  }

  /** Writes the page, and its folder where there is none. */
  void write(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.writeString(file, page(), StandardCharsets.UTF_8);
  }

  private String page() {
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Panorm study</title>
        <style>
        %s</style>
        </head>
        <body>
        %s</body>
        </html>
        """
        .formatted(STYLE, body);
  }

  private static String row(String tag, List<String> cells) {
    StringBuilder row = new StringBuilder("<tr>");
    for (String cell : cells) {
      row.append("<").append(tag).append(">").append(escaped(cell));
      row.append("</").append(tag).append(">");
    }
    return row.append("</tr>\n").toString();
  }

  private static String element(String tag, String text) {
    return "<" + tag + ">" + escaped(text) + "</" + tag + ">\n";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
