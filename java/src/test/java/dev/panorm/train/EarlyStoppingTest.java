package dev.panorm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.panorm.Generator;
import dev.panorm.MemoryUsage;
import dev.panorm.Panorm;
import dev.panorm.nn.Linear;
import dev.panorm.train.EarlyStopping.EpochLosses;
import dev.panorm.train.EarlyStopping.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EarlyStoppingTest {

  /** A network of one weight, which each epoch sets to the epoch's number plus 1. */
  private static Linear network() {
    Linear linear = new Linear(1, 1, false, new Generator(1));
    linear.weight().value().fill(0);
    return linear;
  }

  private static EarlyStopping.Run losses(Linear network, double... validation) {
    return epoch -> {
      network.weight().value().fill(epoch + 1);
      return new EpochLosses(10 * validation[epoch], validation[epoch]);
    };
  }

  @Test
  void theBestWeightsComeBackWhenThePatienceEnds() {
    MemoryUsage before = Panorm.memory();
    try (Linear network = network()) {
      Outcome outcome =
          new EarlyStopping(2, 0).train(network, 9, losses(network, 5, 3, 4, 2, 2, 6, 1));
      assertEquals(new Outcome(4, 6, new EpochLosses(20, 2)), outcome);
      assertEquals(4, network.weight().value().item());
    }
    assertEquals(before.liveBytes(), Panorm.memory().liveBytes());
  }

  @Test
  void theBestWeightsComeBackAfterTheLastEpoch() {
    try (Linear network = network()) {
      Outcome outcome = new EarlyStopping(5, 0).train(network, 3, losses(network, 3, 1, 2));
      assertEquals(new Outcome(2, 3, new EpochLosses(10, 1)), outcome);
      assertEquals(2, network.weight().value().item());
    }
  }

  @Test
  void theBestWeightsComeBackAfterAnException() {
    try (Linear network = network()) {
      EarlyStopping stopping = new EarlyStopping(5, 0);
      assertThrows(
          ArrayIndexOutOfBoundsException.class,
          () -> stopping.train(network, 9, losses(network, 3, 1, 2)));
      assertEquals(2, network.weight().value().item());
    }
  }

  @Test
  void nanIsNoImprovementAndSmallStepsAreNot() {
    try (Linear network = network()) {
      Outcome nan = new EarlyStopping(1, 0).train(network, 9, losses(network, Double.NaN));
      assertEquals(0, nan.bestEpochs());
      assertEquals(1, nan.epochs());
      assertEquals(0, network.weight().value().item());
      Outcome small =
          new EarlyStopping(2, 0.5).train(network, 9, losses(network, 3, 2.6, 2.4, 2.4, 2.4));
      assertEquals(3, small.bestEpochs());
      assertEquals(5, small.epochs());
      Outcome none = new EarlyStopping(0, 0).train(network, 9, losses(network, 3, 2, 2));
      assertEquals(3, none.epochs());
    }
  }

  @Test
  void bothWaysToUseTheValidationData() {
    Outcome outcome = new Outcome(3, 7, new EpochLosses(0.5, 0.8));
    List<Integer> epochs = new ArrayList<>();
    EarlyStopping.retrainFresh(outcome, epochs::add);
    assertEquals(List.of(0, 1, 2), epochs);
    double[] validation = {0.8, 0.5, 0.4, 0.3};
    assertEquals(3, EarlyStopping.continueTraining(outcome, 9, epoch -> validation[epoch]));
    assertEquals(2, EarlyStopping.continueTraining(outcome, 2, epoch -> validation[epoch]));
  }

  @Test
  void wrongOptionsAreRefused() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new EarlyStopping(-1, 0));
    assertEquals("earlyStopping: patience is -1, expected 0 or more", e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new EarlyStopping(1, Double.NaN));
  }
}
