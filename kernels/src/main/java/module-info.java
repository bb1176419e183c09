/** OpenCL kernel sources and their catalog. */
module dev.panorm.kernels {
  requires static org.jspecify;
}
