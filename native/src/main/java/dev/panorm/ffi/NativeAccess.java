package dev.panorm.ffi;

/** Whether the JVM lets this module call native code, and the flag that makes it do so. */
public final class NativeAccess {

  private NativeAccess() {}

  /** {@return whether {@link #flag} was given; without it JDK 25 warns, and a later one refuses} */
  public static boolean isEnabled() {
    return module().isNativeAccessEnabled();
  }

  /** {@return the command-line flag that allows native calls} */
  public static String flag() {
    Module module = module();
    return "--enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
  }

  private static Module module() {
    return NativeAccess.class.getModule();
  }
}
