/** The OpenCL kernel sources of Panorm, their catalog and their derivations. */
module dev.panorm.kernels {
  requires static org.jspecify;

  exports dev.panorm.kernels;
}
