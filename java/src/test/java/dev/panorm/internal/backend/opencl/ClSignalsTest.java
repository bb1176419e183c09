package dev.panorm.internal.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.panorm.kernels.KernelCatalog;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.junit.jupiter.api.Test;

/** After a kernel was compiled, the JVM still answers its signals. */
final class ClSignalsTest {

  private static final int SIGSEGV = 11;

  /** The JVM handles it with the function that handles SIGSEGV, and compilers leave it alone. */
  private static final int SIGPIPE = 13;

  private static final int SIGFPE = 8;

  @Test
  void compilersLeaveNoHandlersBehind() throws Throwable {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "handlers are kept on Linux only");
    ClContext context = TestDevices.open(LaunchProfile.CPU);
    context
        .programs(null)
        .get(KernelCatalog.program("copy"), "-cl-std=CL1.2 -DDTYPE=32 -DLS=1 -DVW=4 -DNT=0");
    assertEquals(handler(SIGPIPE), handler(SIGSEGV));
    assertEquals(handler(SIGPIPE), handler(SIGFPE));
  }

  @SuppressWarnings("restricted")
  private static long handler(int signal) throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle sigaction =
        linker.downcallHandle(
            linker.defaultLookup().find("sigaction").orElseThrow(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment action = arena.allocate(256, Long.BYTES);
      assertEquals(0, (int) sigaction.invokeExact(signal, MemorySegment.NULL, action));
      return action.get(ValueLayout.JAVA_LONG, 0);
    }
  }
}
