package dev.panorm.internal.backend.opencl;

import dev.panorm.ffi.ProcessEnvironment;
import dev.panorm.internal.parallel.WorkerPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Where PoCL's threads run.
 *
 * <p>PoCL wakes its threads for each launch. A system that packs threads puts two of them on one
 * processor, for milliseconds, while the other idles. PoCL can bind each to a processor, the one of
 * its own number; it reads whether to do so when it opens its device.
 */
final class PoclThreads {

  private static final String VARIABLE = "POCL_AFFINITY";
  private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String ALLOWED = "Cpus_allowed_list:";
  private static final Pattern FROM_ZERO = Pattern.compile("0(-\\d+)?");

  private PoclThreads() {}

  /**
   * Has them bound, unless the user has set the variable or wants threads left alone, or the
   * process may not use every processor: the numbers would lead out of what it may use.
   */
  static void keepApart() {
    try {
      if (WorkerPool.keepsThreadsApart() && mayUseAll(Files.readString(ONLINE), allowed())) {
        ProcessEnvironment.setIfAbsent(VARIABLE, "1");
      }
    } catch (IOException e) {
      // Not Linux, or not told which processors there are: the system decides.
    }
  }

  private static String allowed() throws IOException {
    try (var lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(ALLOWED))
          .map(line -> line.substring(ALLOWED.length()))
          .findFirst()
          .orElse("");
    }
  }

  static boolean mayUseAll(String online, String allowed) {
    return online.strip().equals(allowed.strip()) && FROM_ZERO.matcher(online.strip()).matches();
  }
}
