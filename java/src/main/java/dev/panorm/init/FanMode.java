package dev.panorm.init;

/** Which side of a weight keeps its variance. */
public enum FanMode {
  /** Inputs of a unit: activations keep their variance on the way forward. */
  FAN_IN,
  /** Outputs that an input feeds: gradients keep theirs on the way back. */
  FAN_OUT
}
