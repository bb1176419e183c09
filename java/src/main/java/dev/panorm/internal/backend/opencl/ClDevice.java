package dev.panorm.internal.backend.opencl;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/**
 * A device as it describes itself.
 *
 * @param platform its platform
 * @param id its handle
 * @param platformName name of the platform
 * @param name name of the device
 * @param version OpenCL version
 * @param driver version of its driver
 * @param cpu whether it is the host's CPU; anything else is treated as a GPU
 * @param computeUnits cores of a CPU, multiprocessors of a GPU
 * @param floatWidth float32 elements that it likes in a vector
 * @param globalBytes size of its memory
 * @param allocationBytes largest buffer
 * @param addressBytes what the start of a part of a buffer must be a multiple of
 * @param float64 whether it has double precision, which the sums of every norm need
 * @param compiler whether its driver compiles sources
 */
record ClDevice(
    cl_platform_id platform,
    cl_device_id id,
    String platformName,
    String name,
    String version,
    String driver,
    boolean cpu,
    long computeUnits,
    int floatWidth,
    long globalBytes,
    long allocationBytes,
    long addressBytes,
    boolean float64,
    boolean compiler) {

  static ClDevice query(cl_platform_id platform, cl_device_id id) {
    return new ClDevice(
        platform,
        id,
        platformText(platform),
        text(id, CL.CL_DEVICE_NAME),
        text(id, CL.CL_DEVICE_VERSION),
        text(id, CL.CL_DRIVER_VERSION),
        (number(id, CL.CL_DEVICE_TYPE) & CL.CL_DEVICE_TYPE_CPU) != 0,
        number(id, CL.CL_DEVICE_MAX_COMPUTE_UNITS),
        (int) number(id, CL.CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT),
        number(id, CL.CL_DEVICE_GLOBAL_MEM_SIZE),
        number(id, CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
        number(id, CL.CL_DEVICE_MEM_BASE_ADDR_ALIGN) / Byte.SIZE,
        number(id, CL.CL_DEVICE_DOUBLE_FP_CONFIG) != 0,
        number(id, CL.CL_DEVICE_COMPILER_AVAILABLE) != 0);
  }

  /**
   * Returns whether it is PoCL on the host's CPU, whose kernels may use any address of the host.
   */
  boolean sharesAddresses() {
    return cpu && isPocl();
  }

  /** Returns whether its platform is PoCL. */
  boolean isPocl() {
    return platformName.startsWith("Portable Computing Language");
  }

  /** Returns what a report shows. */
  Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("device", name + (cpu ? " (CPU)" : " (GPU)"));
    details.put("platform", platformName);
    details.put("version", version + ", driver " + driver);
    details.put("compute units", Long.toString(computeUnits));
    details.put(
        "memory",
        (globalBytes >> 20) + " MiB, one buffer at most " + (allocationBytes >> 20) + " MiB");
    return details;
  }

  private static String platformText(cl_platform_id platform) {
    long[] size = new long[1];
    CL.clGetPlatformInfo(platform, CL.CL_PLATFORM_NAME, 0, null, size);
    byte[] text = new byte[(int) size[0]];
    CL.clGetPlatformInfo(platform, CL.CL_PLATFORM_NAME, text.length, Pointer.to(text), null);
    return strip(text);
  }

  private static String text(cl_device_id id, int what) {
    long[] size = new long[1];
    CL.clGetDeviceInfo(id, what, 0, null, size);
    byte[] text = new byte[(int) size[0]];
    CL.clGetDeviceInfo(id, what, text.length, Pointer.to(text), null);
    return strip(text);
  }

  /** The text before the closing zero. */
  private static String strip(byte[] text) {
    return new String(text, StandardCharsets.UTF_8).replace("\0", "").strip();
  }

  /** A number of 1, 4 or 8 bytes, which OpenCL leaves in the low bytes of 8. */
  private static long number(cl_device_id id, int what) {
    long[] size = new long[1];
    CL.clGetDeviceInfo(id, what, 0, null, size);
    long[] value = new long[1];
    CL.clGetDeviceInfo(id, what, size[0], Pointer.to(value), null);
    return value[0];
  }
}
