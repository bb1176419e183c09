package dev.panorm.nn;

import dev.panorm.autograd.Variable;
import java.util.List;

/** Modules one after the other, named by their positions from 0. */
public final class Sequential extends Module {

  /** Creates the chain, which owns the modules from now on. */
  public Sequential(Module... modules) {
    this(List.of(modules));
  }

  /** Creates the chain, which owns the modules from now on. */
  public Sequential(List<? extends Module> modules) {
    int position = 0;
    for (Module module : modules) {
      register(Integer.toString(position++), module);
    }
  }

  @Override
  public Variable forward(Variable x) {
    Variable y = x;
    for (Module module : children().values()) {
      y = module.forward(y);
    }
    return y;
  }
}
