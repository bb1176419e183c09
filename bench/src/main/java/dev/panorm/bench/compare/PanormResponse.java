package dev.panorm.bench.compare;

import dev.panorm.bench.task.ResponseCase;
import dev.panorm.ops.ResponseSpec;
import dev.panorm.ops.Responses;

/** Local response normalization with PyTorch's defaults. */
final class PanormResponse {

  private static final double ALPHA = 1e-4;
  private static final double BETA = 0.75;

  private PanormResponse() {}

  static Runnable work(ResponseCase.Response task) {
    long size = ResponseCase.NEIGHBOURS;
    ResponseSpec spec = ResponseSpec.of(size, ALPHA / size, BETA, 1);
    return task.backward()
        ? () -> Responses.backward(spec, task.x(), task.dy(), task.dx())
        : () -> Responses.forward(spec, task.x(), task.y());
  }
}
