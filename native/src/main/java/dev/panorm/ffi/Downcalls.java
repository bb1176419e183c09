package dev.panorm.ffi;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** Turns C functions into method handles: the only place that touches the linker. */
public final class Downcalls {

  private Downcalls() {}

  /**
   * Binds one C function. Keep the handle in a {@code static final} field and call it with {@code
   * invokeExact}; anything else costs far more than the call.
   *
   * @param symbols the library
   * @param name the C name
   * @param descriptor the C signature
   * @return the handle
   * @throws UnsatisfiedLinkError if the library has no such function
   */
  public static MethodHandle bind(
      SymbolLookup symbols, String name, FunctionDescriptor descriptor) {
    return bind(symbols, name, descriptor, new Linker.Option[0]);
  }

  /**
   * As {@link #bind}, for a function that ends within microseconds and neither waits nor calls
   * back: the thread stays in Java's state, so a call costs half, and a safepoint waits for it.
   *
   * @param symbols the library
   * @param name the C name
   * @param descriptor the C signature
   * @return the handle
   * @throws UnsatisfiedLinkError if the library has no such function
   */
  public static MethodHandle bindShort(
      SymbolLookup symbols, String name, FunctionDescriptor descriptor) {
    return bind(symbols, name, descriptor, Linker.Option.critical(false));
  }

  /**
   * As {@link #bindShort(SymbolLookup, String, FunctionDescriptor)}, for any function of a C
   * signature: the handle takes the function's address before its arguments.
   *
   * @param descriptor the C signature
   * @return the handle
   */
  @SuppressWarnings("restricted")
  public static MethodHandle bindShort(FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(descriptor, Linker.Option.critical(false));
  }

  @SuppressWarnings("restricted")
  private static MethodHandle bind(
      SymbolLookup symbols, String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return symbols
        .find(name)
        .map(address -> Linker.nativeLinker().downcallHandle(address, descriptor, options))
        .orElseThrow(() -> new UnsatisfiedLinkError("no symbol " + name));
  }

  /** {@return the functions of the C library that every process has} */
  static SymbolLookup standardLibrary() {
    return Linker.nativeLinker().defaultLookup();
  }

  /**
   * For the {@code catch} clause that {@code invokeExact} demands: a C function throws nothing, so
   * whatever comes is a mistake in the binding.
   *
   * @param thrown what came
   * @return the error to throw
   */
  public static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a native call failed before it reached C", thrown);
  }
}
