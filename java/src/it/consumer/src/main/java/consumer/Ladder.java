package consumer;

import dev.panorm.backend.Backends;

/** Prints the backends that serve in this JVM. */
public final class Ladder {
  public static void main(String[] args) {
    System.out.println("serving: " + Backends.available());
  }
}
