package dev.panorm.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Environment variables as the C libraries of this process read them. Java's own view, and what
 * {@link ProcessBuilder} hands on, is a copy from the start of the JVM and does not change.
 *
 * <p>Works on Linux, where native calls are allowed; elsewhere nothing is changed.
 */
public final class ProcessEnvironment {

  private static final boolean SERVED =
      NativePlatform.current().isLinux() && NativeAccess.isEnabled();

  private ProcessEnvironment() {}

  /**
   * Sets a variable that nobody has set. For the time before a library reads it: the C library does
   * not keep readers and writers apart.
   *
   * @param name name of the variable
   * @param value its value
   */
  public static void setIfAbsent(String name, String value) {
    if (!SERVED) {
      return;
    }
    if (!set(name, value)) {
      throw new IllegalArgumentException("environment: name is '" + name + "'");
    }
  }

  private static boolean set(String name, String value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment variable = arena.allocateFrom(name);
      return (int) Posix.SETENV.invokeExact(variable, arena.allocateFrom(value), 0) == 0;
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /** {@return the value of a variable as C libraries see it, empty where it is not set} */
  static String get(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return CStrings.read((MemorySegment) Posix.GETENV.invokeExact(arena.allocateFrom(name)));
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /** Bound where there are such functions only. */
  private static final class Posix {
    static final MethodHandle SETENV =
        bind("setenv", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
    static final MethodHandle GETENV = bind("getenv", FunctionDescriptor.of(ADDRESS, ADDRESS));

    private static MethodHandle bind(String name, FunctionDescriptor descriptor) {
      return Downcalls.bind(Downcalls.standardLibrary(), name, descriptor);
    }
  }
}
