package dev.panorm.nn;

import dev.panorm.DType;
import dev.panorm.Tensor;
import dev.panorm.autograd.Variable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A layer or a network: a function of a variable with parameters, buffers and modules inside it.
 *
 * <p>It owns their memory until it is closed. Names follow PyTorch's {@code state_dict}: the {@code
 * weight} of the module {@code 0} of a {@link Sequential} is {@code 0.weight}. A module belongs to
 * one thread at a time.
 */
public abstract class Module implements AutoCloseable {

  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<String, Buffer> buffers = new LinkedHashMap<>();
  private final Map<String, Module> children = new LinkedHashMap<>();
  private boolean training = true;
  private boolean forInference;

  /** Creates a module without parameters, in training mode. */
  protected Module() {}

  /** Computes the output; its memory belongs to the open {@link dev.panorm.autograd.Tape}. */
  public abstract Variable forward(Variable x);

  // ----------------------------------------------------------------------------- for subclasses

  /** Makes a parameter this module's own. */
  protected final Parameter register(String name, Parameter parameter) {
    parameters.put(name, parameter);
    return parameter;
  }

  /** Makes a buffer this module's own. */
  protected final Buffer register(String name, Buffer buffer) {
    buffers.put(name, buffer);
    return buffer;
  }

  /** Makes a module this module's own. */
  protected final <M extends Module> M register(String name, M child) {
    children.put(name, child);
    return child;
  }

  /** Puts another module in the place of one directly inside, which is closed. */
  final void replace(String name, Module other) {
    Module before = children.put(name, other);
    if (before != null) {
      before.close();
    }
  }

  // ------------------------------------------------------------------------------------- inside

  /** Returns the modules directly inside, by name. */
  public final Map<String, Module> children() {
    return Collections.unmodifiableMap(children);
  }

  /** Returns this module and all modules inside it, outer before inner. */
  public final List<Module> modules() {
    List<Module> modules = new ArrayList<>();
    forEach(modules::add);
    return modules;
  }

  /** Returns all parameters, those of modules inside included. */
  public final List<Parameter> parameters() {
    return List.copyOf(namedParameters().values());
  }

  /** Returns all parameters by name, those of modules inside included. */
  public final Map<String, Parameter> namedParameters() {
    Map<String, Parameter> named = new LinkedHashMap<>();
    walk("", (prefix, module) -> module.parameters.forEach((n, p) -> named.put(prefix + n, p)));
    return named;
  }

  /** Returns all buffers by name, those of modules inside included. */
  public final Map<String, Tensor> namedBuffers() {
    Map<String, Tensor> named = new LinkedHashMap<>();
    walk(
        "", (prefix, module) -> module.buffers.forEach((n, b) -> named.put(prefix + n, b.value())));
    return named;
  }

  /** Returns the number of elements of all parameters. */
  public final long parameterCount() {
    return parameters().stream().mapToLong(p -> p.shape().elements()).sum();
  }

  private void walk(String prefix, BiConsumer<String, Module> visitor) {
    visitor.accept(prefix, this);
    children.forEach((name, child) -> child.walk(prefix + name + ".", visitor));
  }

  private void forEach(Consumer<Module> action) {
    walk("", (prefix, module) -> action.accept(module));
  }

  // -------------------------------------------------------------------------------------- state

  /**
   * Returns the values of all parameters and buffers by PyTorch's names, in its order. They are the
   * module's own memory, not copies.
   */
  public final Map<String, Tensor> stateDict() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    walk(
        "",
        (prefix, module) -> {
          module.parameters.forEach((n, p) -> state.put(prefix + n, p.value()));
          module.buffers.forEach((n, b) -> state.put(prefix + n, b.value()));
        });
    return state;
  }

  /**
   * Copies values into all parameters and buffers; floating-point types are converted.
   *
   * @throws IllegalArgumentException if a name is missing or unknown, or a shape or type differs;
   *     nothing is written then
   */
  public final void loadStateDict(Map<String, Tensor> state) {
    Map<String, Tensor> own = stateDict();
    StateCheck.matches(own, state);
    own.forEach((name, tensor) -> tensor.copyFrom(StateCheck.get(state, name)));
  }

  // --------------------------------------------------------------------------------------- mode

  /** Returns whether the module is in training mode. */
  public final boolean isTraining() {
    return training;
  }

  /** Sets this module and all inside it to training mode, except what is frozen. */
  public final void train() {
    forEach(module -> module.training = !module.forInference);
  }

  /** Sets this module and all inside it to evaluation mode. */
  public final void eval() {
    forEach(module -> module.training = false);
  }

  /**
   * Makes this module and all inside it serve for inference only: evaluation mode, which {@link
   * #train} does not end, and parameters that want no gradients. So neither statistics nor weights
   * change any more, and dropout stays the identity.
   */
  public final void freeze() {
    forEach(module -> module.forInference = true);
    eval();
    namedParameters().values().forEach(parameter -> parameter.setTrainable(false));
  }

  /** Returns whether the module serves for inference only. */
  final boolean isForInference() {
    return forInference;
  }

  /** Converts all parameters and floating-point buffers to a type; gradients are forgotten. */
  public final void to(DType dtype) {
    if (!dtype.isFloating()) {
      throw new IllegalArgumentException("to: dtype is " + dtype + ", expected float32 or float64");
    }
    forEach(
        module -> {
          module.parameters.values().forEach(p -> p.to(dtype));
          module.buffers.values().forEach(b -> b.to(dtype));
        });
  }

  /** Forgets the gradients of all parameters. */
  public final void zeroGrad() {
    parameters().forEach(Variable::zeroGrad);
  }

  /** Gives the memory of all parameters and buffers back. */
  @Override
  public final void close() {
    forEach(
        module -> {
          module.parameters.values().forEach(Parameter::close);
          module.buffers.values().forEach(Buffer::close);
        });
  }
}
