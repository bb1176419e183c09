package dev.panorm.bench.study.named;

import java.util.List;
import java.util.Optional;

/** All named studies. */
public final class NamedStudies {

  /** In the order in which they are listed. */
  public static final List<NamedStudy> ALL =
      List.of(
          new DepthStudy(),
          new ScaleInvarianceStudy(),
          new GradientMixingStudy(),
          new BatchSizeStudy(),
          new DropoutEnsembleStudy(),
          new InitScaleStudy(),
          new EarlyStoppingStudy(),
          new InitTraceStudy(),
          new JacobianStudy(),
          new PlacementStudy(),
          new EffectiveLrStudy(),
          new ExplodingStudy(),
          new CovariateShiftStudy(),
          new WeightNoiseStudy(),
          new InputNoiseStudy(),
          new DropoutScaleStudy(),
          new TentStudy(),
          new LandscapeStudy(),
          new EdgeOfStabilityStudy(),
          new BnRegularizerStudy(),
          new PolynomialStudy(),
          new SoftVsHardStudy(),
          new DecayProxyStudy(),
          new SgdNoiseStudy(),
          new SyncCostStudy(),
          new GridStudy());

  private NamedStudies() {}

  /** Returns the study of a name. */
  public static Optional<NamedStudy> of(String name) {
    return ALL.stream().filter(study -> study.name().equals(name)).findFirst();
  }
}
