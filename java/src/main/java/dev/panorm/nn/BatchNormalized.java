package dev.panorm.nn;

import dev.panorm.internal.check.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A network's way through batch normalization (Ioffe and Szegedy 2015, algorithm 2): {@link
 * #convert} inserts a BatchNorm at chosen activations (steps 1 to 5), then it is trained (step 6),
 * and {@link #toInference} makes it the frozen network that predicts (steps 7 to 12).
 *
 * {@snippet :
 * Sequential network = BatchNormalized.convert(plain, 0, 2);
 * trainer.fit(batches, 10);
 * BatchNormStatistics.algorithm2(network, trainingData, 64); // else the running statistics serve
 * BatchNormalized.toInference(network);
 * }
 */
public final class BatchNormalized {

  private static final String STATISTICS = "running statistics in every BatchNorm";

  private BatchNormalized() {}

  /**
   * Returns the chain with a BatchNorm of PyTorch's defaults right behind some of its modules. It
   * has one channel for each output of the nearest linear map or convolution before it, and its
   * layout and type.
   *
   * @param network gives its modules to the result, which owns them from now on; parameters stay
   *     the same objects, while later modules get higher numbers in their names
   * @param at numbers of the modules whose outputs are to be normalized, from 0, each once
   * @throws IllegalArgumentException if a number is none of a module, or comes twice, or if nothing
   *     tells how many channels an output has: no linear map or convolution before it, or something
   *     between them that changes the channels, such as {@link Flatten}
   */
  public static Sequential convert(Sequential network, int... at) {
    List<Module> modules = List.copyOf(network.children().values());
    Set<Integer> places = places(modules.size(), at);
    List<Module> converted = new ArrayList<>();
    for (int i = 0; i < modules.size(); i++) {
      converted.add(modules.get(i));
      if (places.contains(i)) {
        converted.add(norm(modules, i));
      }
    }
    Sequential result = new Sequential(converted);
    if (!network.isTraining()) {
      result.eval();
    }
    return result;
  }

  /**
   * Makes the network the one that predicts, in place: each BatchNorm of a chain inside it that
   * follows a linear map or a convolution becomes part of that layer (see {@link Fold}), every
   * other one normalizes by its running statistics, and everything is frozen for good ({@link
   * Module#freeze}). Optimizers that know the old parameters must not be used any more.
   *
   * @return how many were folded
   * @throws IllegalArgumentException if a BatchNorm keeps no running statistics
   */
  public static int toInference(Module network) {
    for (Module module : network.modules()) {
      boolean serves = !(module instanceof BatchNorm norm) || norm.runningMean() != null;
      Check.that(serves, "toInference", "network", "with a BatchNorm that has none", STATISTICS);
    }
    int folded = 0;
    for (Module module : network.modules()) {
      folded += module instanceof Sequential chain ? Fold.batchNorms(chain) : 0;
    }
    network.freeze();
    return folded;
  }

  private static Set<Integer> places(int modules, int... at) {
    Set<Integer> places = new TreeSet<>();
    for (int place : at) {
      Check.that(place >= 0 && place < modules, "convert", "at", place, "0 to " + (modules - 1));
      Check.that(places.add(place), "convert", "at", "twice " + place, "each once");
    }
    return places;
  }

  private static BatchNorm norm(List<Module> modules, int place) {
    for (int i = place; i >= 0; i--) {
      switch (modules.get(i)) {
        case Linear linear -> {
          return like(linear.weight(), new BatchNorm1d(linear.weight().shape().dim(0)));
        }
        case Conv2d conv -> {
          long channels = conv.weight().shape().dim(0);
          return like(
              conv.weight(), BatchNorm2d.builder(channels).layout(conv.spec().layout()).build());
        }
        case Module module -> {
          if (!keepsChannels(module)) {
            throw new IllegalArgumentException(
                "convert: at is "
                    + place
                    + ", whose channels "
                    + module.getClass().getSimpleName()
                    + " at "
                    + i
                    + " hides, expected a place behind Linear or Conv2d");
          }
        }
      }
    }
    throw new IllegalArgumentException(
        "convert: at is " + place + ", before any Linear or Conv2d, expected a place behind one");
  }

  private static boolean keepsChannels(Module module) {
    return switch (module) {
      case ReLU _, GELU _, SiLU _, Sigmoid _, Tanh _, Identity _, GaussianNoise _ -> true;
      case Dropping _, GaussianDropout _, MaxPool2d _, AvgPool2d _ -> true;
      case BatchNorm _, GroupNorm _, LocalResponseNorm _ -> true;
      default -> false;
    };
  }

  private static BatchNorm like(Parameter weight, BatchNorm norm) {
    norm.to(weight.dtype());
    return norm;
  }
}
