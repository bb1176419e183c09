/** Tensors on off-heap memory and the norm family, forward and backward. */
module dev.panorm {
  requires dev.panorm.ffi;
  requires dev.panorm.kernels;
  requires com.fasterxml.jackson.core;
  requires static transitive org.jspecify;
  requires jocl;
  // Optional at run time: without the flag the library serves from another backend.
  requires static jdk.incubator.vector;

  exports dev.panorm;
  exports dev.panorm.autograd;
  exports dev.panorm.backend;
  exports dev.panorm.data;
  exports dev.panorm.distributed;
  exports dev.panorm.init;
  exports dev.panorm.io;
  exports dev.panorm.nn;
  exports dev.panorm.ops;
  exports dev.panorm.optim;
  exports dev.panorm.regularize;
  exports dev.panorm.train;

  uses dev.panorm.backend.Backend;

  provides dev.panorm.backend.Backend with
      dev.panorm.internal.backend.avx512.Avx512Backend,
      dev.panorm.internal.backend.blas.OpenBlasBackend,
      dev.panorm.internal.backend.opencl.OpenClBackend,
      dev.panorm.internal.backend.vector.VectorBackend,
      dev.panorm.internal.backend.reference.ReferenceBackend;
}
