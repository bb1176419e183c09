package dev.panorm.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Handlers that native code installs are gone when it has done its work. */
final class SignalHandlersTest {

  /** A signal that neither the JVM nor this machine uses, so that nothing breaks meanwhile. */
  private static final int SIGWINCH = 28;

  private static final int SIGSEGV = 11;

  @BeforeEach
  void onLinux() {
    assumeTrue(NativePlatform.current().isLinux(), "handlers are kept on Linux only");
  }

  @Test
  void aForeignHandlerIsReplacedWhileTheWorkGoesOn() {
    long before = SignalHandlers.handler(SIGWINCH);
    String result =
        SignalHandlers.keepDuring(
            () -> {
              ignore(SIGWINCH);
              while (SignalHandlers.handler(SIGWINCH) != before) {
                Thread.onSpinWait();
              }
              ignore(SIGWINCH);
              return "done";
            });
    assertEquals("done", result);
    assertEquals(before, SignalHandlers.handler(SIGWINCH));
  }

  @Test
  void aForeignHandlerIsReplacedWhenTheWorkFails() {
    long before = SignalHandlers.handler(SIGWINCH);
    assertThrows(
        IllegalStateException.class,
        () ->
            SignalHandlers.keepDuring(
                () -> {
                  ignore(SIGWINCH);
                  throw new IllegalStateException("work failed");
                }));
    assertEquals(before, SignalHandlers.handler(SIGWINCH));
  }

  @Test
  void theJvmAnswersMemoryFaults() {
    assertNotEquals(0, SignalHandlers.handler(SIGSEGV));
  }

  private static void ignore(int signal) {
    MethodHandle set =
        Downcalls.bind(
            Downcalls.standardLibrary(),
            "signal",
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try {
      MemorySegment old = (MemorySegment) set.invokeExact(signal, MemorySegment.ofAddress(1));
      assertNotEquals(-1L, old.address());
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }
}
