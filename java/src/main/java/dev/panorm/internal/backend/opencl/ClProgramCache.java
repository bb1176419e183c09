package dev.panorm.internal.backend.opencl;

import dev.panorm.ffi.SignalHandlers;
import dev.panorm.kernels.KernelProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_program;
import org.jspecify.annotations.Nullable;

/**
 * Compiled programs: in memory for this process, on disk for the next.
 *
 * <p>A file is named by the hash of source, arguments, device, driver and format, so a change of
 * any of them finds nothing. It is written under another name and moved into place, so processes
 * that start at once read a whole file or none. A file that the driver refuses is compiled anew.
 */
final class ClProgramCache {

  /** System property: folder of the compiled programs; {@code off} for none. */
  static final String PROPERTY = "panorm.opencl.cache";

  private static final System.Logger LOG = System.getLogger(ClProgramCache.class.getName());
  private static final String FORMAT = "1";
  private static final int ATTEMPTS = 3;

  private final cl_context context;
  private final ClDevice device;
  private final @Nullable Path folder;
  private final Map<String, cl_program> programs = new HashMap<>();

  /**
   * @param folder where compiled programs are kept, null for nowhere
   */
  ClProgramCache(cl_context context, ClDevice device, @Nullable Path folder) {
    this.context = context;
    this.device = device;
    this.folder = folder;
  }

  /**
   * The folder that the user asked for, or the usual place of caches; none for PoCL, which keeps
   * its own and, asked for a binary, compiles every kernel for every work-group size first.
   */
  static @Nullable Path folder(ClDevice device) {
    String wanted = System.getProperty(PROPERTY, "");
    if (!wanted.isEmpty()) {
      return wanted.equals("off") ? null : Path.of(wanted);
    }
    if (device.isPocl()) {
      return null;
    }
    String caches = System.getenv("XDG_CACHE_HOME");
    Path base =
        caches == null || caches.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(caches);
    return base.resolve("panorm").resolve("opencl");
  }

  cl_program get(KernelProgram source, String arguments) {
    cl_program known = programs.get(source.name() + arguments);
    if (known == null) {
      known = SignalHandlers.keepDuring(() -> load(source, arguments));
      programs.put(source.name() + arguments, known);
    }
    return known;
  }

  private cl_program load(KernelProgram source, String arguments) {
    String text = source.source();
    Path file =
        folder == null
            ? null
            : folder.resolve(source.name() + "-" + hash(text, arguments) + ".bin");
    cl_program program = file == null ? null : fromDisk(file, arguments);
    if (program == null) {
      program = compile(source.name(), text, arguments);
      if (file != null) {
        toDisk(program, file);
      }
    }
    return program;
  }

  /**
   * Tries again what fails: where a fault of the JVM's own meets LLVM's signal handlers before they
   * are gone, LLVM deletes the files that it is writing.
   */
  private cl_program compile(String name, String text, String arguments) {
    for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
      try {
        return compileOnce(name, text, arguments);
      } catch (ClException e) {
        LOG.log(System.Logger.Level.DEBUG, "opencl: attempt " + attempt, e);
      }
    }
    return compileOnce(name, text, arguments);
  }

  private cl_program compileOnce(String name, String text, String arguments) {
    cl_program program = CL.clCreateProgramWithSource(context, 1, new String[] {text}, null, null);
    try {
      CL.clBuildProgram(program, 1, new cl_device_id[] {device.id()}, arguments, null, null);
      return program;
    } catch (CLException e) {
      CL.clReleaseProgram(program);
      throw new ClException(
          "opencl: program "
              + name
              + " does not compile with '"
              + arguments
              + "' on "
              + device.name()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private @Nullable cl_program fromDisk(Path file, String arguments) {
    cl_program program = null;
    try {
      byte[] binary = Files.readAllBytes(file);
      program =
          CL.clCreateProgramWithBinary(
              context,
              1,
              new cl_device_id[] {device.id()},
              new long[] {binary.length},
              new byte[][] {binary},
              null,
              null);
      CL.clBuildProgram(program, 1, new cl_device_id[] {device.id()}, arguments, null, null);
      return program;
    } catch (IOException | CLException e) {
      LOG.log(System.Logger.Level.DEBUG, "opencl: no compiled program in " + file, e);
      if (program != null) {
        CL.clReleaseProgram(program);
      }
      return null;
    }
  }

  private static void toDisk(cl_program program, Path file) {
    Path written = null;
    try {
      long[] size = new long[1];
      CL.clGetProgramInfo(program, CL.CL_PROGRAM_BINARY_SIZES, Long.BYTES, Pointer.to(size), null);
      byte[] binary = new byte[Math.toIntExact(size[0])];
      CL.clGetProgramInfo(
          program, CL.CL_PROGRAM_BINARIES, Long.BYTES, Pointer.to(Pointer.to(binary)), null);
      Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
      written = Files.createTempFile(folder, "new", ".bin");
      Files.write(written, binary);
      Files.move(
          written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | CLException e) {
      LOG.log(System.Logger.Level.DEBUG, "opencl: cannot keep the compiled program " + file, e);
      remove(written);
    }
  }

  private static void remove(@Nullable Path file) {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        LOG.log(System.Logger.Level.DEBUG, "opencl: cannot remove " + file, e);
      }
    }
  }

  private String hash(String text, String arguments) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String[] parts = {
        FORMAT,
        text,
        arguments,
        device.platformName(),
        device.name(),
        device.version(),
        device.driver()
      };
      for (String part : parts) {
        digest.update(part.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
