package dev.panorm.bench.print;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A table of text, columns as wide as they need; numbers stand to the right. */
public final class Table {

  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  /** Creates a table with a heading for each column. */
  public Table(String... headings) {
    rows.add(List.of(headings));
  }

  /** Adds a row of as many cells as there are headings. */
  public void add(String... cells) {
    if (cells.length != rows.getFirst().size()) {
      throw new IllegalArgumentException(
          "table: row has " + cells.length + " cells, expected " + rows.getFirst().size());
    }
    rows.add(List.of(cells));
  }

  /** Returns the headings and then the rows. */
  public List<List<String>> rows() {
    return Collections.unmodifiableList(rows);
  }

  /** Prints the table. */
  public void print(PrintWriter out) {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    boolean[] right = new boolean[columns];
    for (int c = 0; c < columns; c++) {
      int column = c;
      widths[c] = rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
      right[c] = rows.stream().skip(1).allMatch(row -> isNumber(row.get(column)));
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        String space = " ".repeat(widths[c] - row.get(c).length());
        line.append(c == 0 ? "" : GAP).append(right[c] ? space + row.get(c) : row.get(c) + space);
      }
      out.println(line.toString().stripTrailing());
    }
    out.flush();
  }

  private static boolean isNumber(String cell) {
    return !cell.isEmpty() && (Character.isDigit(cell.charAt(0)) || cell.equals("NaN"));
  }
}
