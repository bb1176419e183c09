package dev.panorm.train;

/** Watches a training; called by the training's thread. */
public interface TrainingListener {

  /** Hears nothing. */
  TrainingListener NONE = new TrainingListener() {};

  /**
   * A batch has been trained on.
   *
   * @param epoch number of the epoch, from 0
   * @param batch number of the batch, from 0
   * @param batches number of batches of an epoch
   * @param loss mean loss of the batch before the step
   */
  default void batchDone(long epoch, int batch, int batches, double loss) {}

  /** An epoch has ended. */
  default void epochDone(EpochResult result) {}
}
