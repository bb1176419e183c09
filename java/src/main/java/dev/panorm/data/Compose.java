package dev.panorm.data;

import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Augmentations one after another, each with random numbers of its own. */
public final class Compose implements Augmentation {

  private final List<Augmentation> steps;

  private Compose(List<Augmentation> steps) {
    this.steps = steps;
  }

  /**
   * Returns the augmentations as one; compositions among them are taken apart.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static Compose of(Augmentation... steps) {
    Check.that(steps.length > 0, "Compose.of", "number of steps", 0, "1 or more");
    return new Compose(
        Arrays.stream(steps)
            .mapMulti(
                (Augmentation step, Consumer<Augmentation> flat) -> {
                  if (step instanceof Compose inner) {
                    inner.steps.forEach(flat);
                  } else {
                    flat.accept(step);
                  }
                })
            .toList());
  }

  @Override
  public Shape outputShape(Shape x) {
    Shape shape = x;
    for (Augmentation step : steps) {
      shape = step.outputShape(shape);
    }
    return shape;
  }

  @Override
  public void apply(Tensor x, SampleDraws draws, Tensor y) {
    Images.check("Compose.apply", x, draws, y, outputShape(x.shape()));
    try (Scope scope = Scope.open()) {
      Tensor images = x;
      int last = steps.size() - 1;
      for (int i = 0; i < last; i++) {
        images = steps.get(i).apply(scope, images, draws.step(i));
      }
      steps.get(last).apply(images, draws.step(last), y);
    }
  }
}
