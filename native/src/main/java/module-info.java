/** Native libraries through the Foreign Function and Memory API. Knows no tensor. */
module dev.panorm.ffi {
  requires static org.jspecify;

  exports dev.panorm.ffi;
  exports dev.panorm.ffi.clblast;
  exports dev.panorm.ffi.openblas;
  exports dev.panorm.ffi.streaming;
}
