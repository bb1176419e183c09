package dev.panorm.nn;

import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Variable;
import org.jspecify.annotations.Nullable;

/** y = shortcut(x) + body(x) (He et al. 2016). */
public final class Residual extends Module {

  private final Module body;
  private final @Nullable Module shortcut;

  /** Creates x + body(x); the body returns x's shape. */
  public Residual(Module body) {
    this(body, null);
  }

  /**
   * Creates shortcut(x) + body(x).
   *
   * @param shortcut makes x fit the body's output; null for x itself
   */
  public Residual(Module body, @Nullable Module shortcut) {
    this.body = register("body", body);
    this.shortcut = shortcut == null ? null : register("shortcut", shortcut);
  }

  @Override
  public Variable forward(Variable x) {
    return Arithmetic.add(shortcut == null ? x : shortcut.forward(x), body.forward(x));
  }
}
