package dev.panorm.bench.compare;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What this process has taken so far: bytes of the Java heap and pages of the system. */
final class Counters implements AutoCloseable {

  private static final String STAT = "/proc/self/stat";

  /** Which word behind the process's name counts faults that needed no disk. */
  private static final int MINOR_FAULTS = 7;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final @Nullable RandomAccessFile stat;
  private final byte[] text = new byte[1024];

  Counters() {
    RandomAccessFile file = null;
    try {
      file = new RandomAccessFile(STAT, "r");
    } catch (IOException e) {
      // Not Linux: pages are not counted.
    }
    stat = file;
  }

  /** Returns the bytes that all threads have allocated on the Java heap. */
  long heapBytes() {
    return threads.getTotalThreadAllocatedBytes();
  }

  /** Returns how often the process touched a page that it did not have; NaN where nobody tells. */
  double pages() {
    if (stat == null) {
      return Double.NaN;
    }
    try {
      stat.seek(0);
      String line = new String(text, 0, stat.read(text), StandardCharsets.US_ASCII);
      return Double.parseDouble(
          line.substring(line.lastIndexOf(')') + 2).split(" ", -1)[MINOR_FAULTS]);
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  @Override
  public void close() throws IOException {
    if (stat != null) {
      stat.close();
    }
  }
}
