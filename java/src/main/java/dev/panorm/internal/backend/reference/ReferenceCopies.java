package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.CopyKernels;
import dev.panorm.backend.CopyPlan;

/** {@link CopyKernels}, one element after the other. */
final class ReferenceCopies implements CopyKernels {

  @Override
  public void copy(CopyPlan plan, Tensor x, Tensor y) {
    Elements from = Elements.read(x);
    Elements to = Elements.write(y);
    long position = 0;
    for (long i = 0; i < plan.size0(); i++) {
      for (long j = 0; j < plan.size1(); j++) {
        for (long k = 0; k < plan.size2(); k++) {
          long first = i * plan.stride0() + j * plan.stride1() + k * plan.stride2();
          for (long l = 0; l < plan.size3(); l++, position++) {
            to.set(position, from.get(first + l * plan.stride3()));
          }
        }
      }
    }
  }
}
