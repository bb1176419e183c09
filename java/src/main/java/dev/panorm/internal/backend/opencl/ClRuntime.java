package dev.panorm.internal.backend.opencl;

import dev.panorm.backend.Support;
import dev.panorm.ffi.SignalHandlers;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;
import org.jspecify.annotations.Nullable;

/**
 * Finds the devices of this machine, once, and chooses one: a GPU before a CPU, or the one that the
 * user names.
 *
 * @param devices every device that there is
 * @param chosen the device to use, null where there is none
 * @param profile its launch profile, null where there is none
 * @param support yes, or why not
 */
record ClRuntime(
    List<ClDevice> devices, @Nullable ClDevice chosen, LaunchProfile profile, Support support) {

  /** System property: part of the name of the device to use, in any case. */
  static final String DEVICE_PROPERTY = "panorm.opencl.device";

  /** System property: {@code cpu} or {@code gpu}, the launch profile to use on any device. */
  static final String PROFILE_PROPERTY = "panorm.opencl.profile";

  private static final String SETUP = "run native/setup.sh, which installs PoCL";

  /** Finds the devices. Never fails: what is missing becomes the reason of a refusal. */
  static ClRuntime detect() {
    try {
      loadLibrary();
      PoclThreads.keepApart();
      CL.setExceptionsEnabled(true);
      return choose(SignalHandlers.keepDuring(ClRuntime::list));
    } catch (LinkageError e) {
      return refused("the OpenCL library cannot be loaded: " + rootMessage(e), SETUP);
    } catch (CLException e) {
      return refused("OpenCL finds no platform: " + e.getMessage(), SETUP);
    }
  }

  /**
   * Loads JOCL, which unpacks its library under one fixed name for all processes; the lock keeps a
   * second process from loading half a file.
   */
  private static void loadLibrary() {
    Path lock = Path.of(System.getProperty("java.io.tmpdir"), "panorm-jocl.lock");
    try (FileChannel channel =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.lock(); // until the channel closes
      CL.setLogLevel(CL.LogLevel.LOG_QUIET);
    } catch (IOException e) {
      // Somebody else's lock file, or no place to write one: the race is unlikely, so go on.
      CL.setLogLevel(CL.LogLevel.LOG_QUIET);
    }
  }

  private static ClRuntime refused(String reason, String remedy) {
    return new ClRuntime(List.of(), null, LaunchProfile.CPU, new Support.No(reason, remedy));
  }

  private static List<ClDevice> list() {
    int[] count = new int[1];
    CL.clGetPlatformIDs(0, null, count);
    cl_platform_id[] platforms = new cl_platform_id[count[0]];
    CL.clGetPlatformIDs(platforms.length, platforms, null);
    List<ClDevice> devices = new ArrayList<>();
    for (cl_platform_id platform : platforms) {
      addDevices(platform, devices);
    }
    return List.copyOf(devices);
  }

  private static void addDevices(cl_platform_id platform, List<ClDevice> devices) {
    try {
      int[] count = new int[1];
      CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, 0, null, count);
      cl_device_id[] ids = new cl_device_id[count[0]];
      CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, ids.length, ids, null);
      for (cl_device_id id : ids) {
        devices.add(ClDevice.query(platform, id));
      }
    } catch (CLException e) {
      if (e.getStatus() != CL.CL_DEVICE_NOT_FOUND) {
        throw e;
      }
    }
  }

  private static ClRuntime choose(List<ClDevice> devices) {
    String wanted = System.getProperty(DEVICE_PROPERTY, "").toLowerCase(Locale.ROOT);
    List<ClDevice> named =
        devices.stream().filter(d -> d.name().toLowerCase(Locale.ROOT).contains(wanted)).toList();
    if (named.isEmpty()) {
      return refused(
          devices.isEmpty()
              ? "OpenCL has no device"
              : "no OpenCL device has '" + wanted + "' in its name: " + names(devices),
          devices.isEmpty() ? SETUP : "change -D" + DEVICE_PROPERTY);
    }
    return named.stream()
        .filter(d -> d.float64() && d.compiler())
        .min(Comparator.comparing(ClDevice::cpu))
        .map(device -> new ClRuntime(devices, device, profile(device), Support.YES))
        .orElseGet(
            () ->
                new ClRuntime(
                    devices,
                    null,
                    LaunchProfile.CPU,
                    new Support.No(
                        "no OpenCL device has double precision and a compiler: " + names(named),
                        SETUP)));
  }

  private static LaunchProfile profile(ClDevice device) {
    String wanted = System.getProperty(PROFILE_PROPERTY, "");
    return switch (wanted) {
      case "cpu" -> LaunchProfile.CPU;
      case "gpu" -> LaunchProfile.GPU;
      default -> device.cpu() ? LaunchProfile.CPU : LaunchProfile.GPU;
    };
  }

  private static List<String> names(List<ClDevice> devices) {
    return devices.stream().map(ClDevice::name).toList();
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage();
    return message == null
        ? root.getClass().getSimpleName()
        : message.lines().findFirst().orElse("");
  }
}
