package dev.panorm.internal.backend.opencl;

import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/** One launch in the making: arguments in the kernel's order, then the grid. */
final class ClLaunch {

  private final ClCall call;
  private final ClKernels kernels;
  private final String name;
  private final cl_kernel kernel;
  private int index;

  ClLaunch(ClCall call, ClKernels kernels, String name) {
    this.call = call;
    this.kernels = kernels;
    this.name = name;
    try {
      this.kernel =
          call.context().kernel(kernels.program(), name, kernels.options(), kernels.shape());
    } catch (CLException e) {
      throw refused(e);
    }
  }

  /** {@code long} arguments. */
  ClLaunch sizes(long... values) {
    for (long value : values) {
      set(Long.BYTES, Pointer.to(new long[] {value}));
    }
    return this;
  }

  /** {@code int} arguments. */
  ClLaunch flags(int... values) {
    for (int value : values) {
      set(Integer.BYTES, Pointer.to(new int[] {value}));
    }
    return this;
  }

  /** {@code double} arguments. */
  ClLaunch reals(double... values) {
    for (double value : values) {
      set(Double.BYTES, Pointer.to(new double[] {value}));
    }
    return this;
  }

  /** Arrays; null for those that the call has no use for. */
  ClLaunch arrays(@Nullable ClOperand... operands) {
    for (ClOperand operand : operands) {
      cl_mem buffer = operand == null ? null : operand.buffer();
      if (operand != null && buffer == null) {
        setAddress(operand.address());
      } else {
        set(Sizeof.cl_mem, buffer == null ? null : Pointer.to(buffer));
      }
    }
    return this;
  }

  private void set(long bytes, @Nullable Pointer value) {
    try {
      CL.clSetKernelArg(kernel, index++, bytes, value);
    } catch (CLException e) {
      throw refused(e);
    }
  }

  private void setAddress(long address) {
    try {
      CL.clSetKernelArgSVMPointer(kernel, index++, ClContext.hostPointer(address));
    } catch (CLException e) {
      throw refused(e);
    }
  }

  /** Runs it with a number of work-groups. */
  void groups(long groups) {
    try {
      call.enqueue(kernels, name, kernel, groups);
    } catch (CLException e) {
      throw refused(e);
    }
  }

  /** Runs it with at least so many work-items. */
  void items(long items) {
    long local = kernels.shape().localSize();
    groups((items + local - 1) / local);
  }

  private ClException refused(CLException e) {
    return call.context()
        .refused(
            call.operation() + ": kernel " + name + " " + kernels.options() + " " + kernels.shape(),
            e);
  }
}
