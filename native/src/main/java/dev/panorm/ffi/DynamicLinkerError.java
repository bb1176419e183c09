package dev.panorm.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The operating system's own words about a library that it would not open. The JDK drops them, so
 * the failed {@code dlopen} is repeated to hear them.
 */
final class DynamicLinkerError {

  private static final int RTLD_LAZY = 1;

  private DynamicLinkerError() {}

  /** {@return why {@code library} cannot be opened, as far as the system says} */
  static String explain(String library) {
    SymbolLookup c = Downcalls.standardLibrary();
    if (c.find("dlopen").isEmpty() || c.find("dlerror").isEmpty()) {
      return "the system cannot open it";
    }
    MethodHandle open =
        Downcalls.bind(
            c,
            "dlopen",
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
    MethodHandle error = Downcalls.bind(c, "dlerror", FunctionDescriptor.of(ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle =
          (MemorySegment) open.invokeExact(arena.allocateFrom(library), RTLD_LAZY);
      MemorySegment text = (MemorySegment) error.invokeExact();
      return handle.address() != 0 || text.address() == 0
          ? "the system cannot open it"
          : CStrings.read(text);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }
}
