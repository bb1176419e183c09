package consumer;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Norms;
import java.util.Arrays;

public final class NormExample {
  public static void main(String[] args) {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
      Tensor y = scope.emptyLike(x);
      Norms.forward(NormSpec.layerNorm(3), x, Affine.NONE, y, null);
      System.out.println(Arrays.toString(y.toFloatArray()));
    }
  }
}
