/** A stranger's module that uses the library. */
module consumer {
  requires dev.panorm;
}
