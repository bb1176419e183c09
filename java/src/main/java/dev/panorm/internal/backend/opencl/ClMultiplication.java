package dev.panorm.internal.backend.opencl;

import dev.panorm.backend.Support;
import dev.panorm.ffi.clblast.ClBlast;

/**
 * Who multiplies matrices on the device: CLBlast on a GPU where it is installed, else Panorm's own
 * tiles; or whom the user names.
 *
 * @param clblast whether CLBlast does
 * @param why why it is so
 * @param support yes, or why whom the user names cannot
 */
record ClMultiplication(boolean clblast, String why, Support support) {

  /** System property: {@code clblast} or {@code tiles}; empty for the choice above. */
  static final String PROPERTY = "panorm.opencl.gemm";

  /** Decides for a device. */
  static ClMultiplication choose(ClDevice device) {
    return choose(System.getProperty(PROPERTY, ""), device.cpu());
  }

  static ClMultiplication choose(String wanted, boolean cpu) {
    return switch (wanted) {
      case "tiles" -> tiles("-D" + PROPERTY + " asks for them");
      case "clblast" -> asked();
      case "" -> cpu ? tiles("a processor stands in for a GPU without CLBlast") : automatic();
      default ->
          refused("-D" + PROPERTY + " is " + wanted, "give it as clblast or tiles, or not at all");
    };
  }

  private static ClMultiplication automatic() {
    return ClBlast.isAvailable()
        ? new ClMultiplication(true, ClBlast.location(), Support.YES)
        : tiles("CLBlast could not be loaded (" + ClBlast.refusal() + "); " + ClBlast.REMEDY);
  }

  private static ClMultiplication asked() {
    return ClBlast.isAvailable()
        ? new ClMultiplication(
            true, ClBlast.location() + "; -D" + PROPERTY + " asks for it", Support.YES)
        : refused(
            "-D" + PROPERTY + " asks for CLBlast, which could not be loaded: " + ClBlast.refusal(),
            ClBlast.REMEDY);
  }

  private static ClMultiplication tiles(String why) {
    return new ClMultiplication(false, why, Support.YES);
  }

  private static ClMultiplication refused(String reason, String remedy) {
    return new ClMultiplication(false, reason, new Support.No(reason, remedy));
  }

  /** Returns what a report shows. */
  String describe() {
    if (support instanceof Support.No no) {
      return "refused: " + no;
    }
    return "on the device by " + (clblast ? "CLBlast: " : "Panorm's tiles: ") + why;
  }

  /** Returns the kernels, on a device that is cut as the tiles say. */
  ClProduct.Kernels kernels(ClGemmTiles tiles) {
    ClProduct.Kernels own = new ClTiledProducts(tiles);
    return clblast ? new ClBlastProducts(own) : own;
  }
}
