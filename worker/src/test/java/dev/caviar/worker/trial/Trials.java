package dev.caviar.worker.trial;

import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.ParameterValues;
import java.util.ArrayList;
import java.util.List;

/** Assignments for tests, on the digits that ship with Caviar. */
public final class Trials {
  private Trials() {}

  public static Parameter real(String name, double value) {
    return Parameter.newBuilder()
        .setName(name)
        .setValue(ParameterValue.newBuilder().setReal(value))
        .build();
  }

  public static Parameter whole(String name, long value) {
    return Parameter.newBuilder()
        .setName(name)
        .setValue(ParameterValue.newBuilder().setInteger(value))
        .build();
  }

  public static Parameter text(String name, String value) {
    return Parameter.newBuilder()
        .setName(name)
        .setValue(ParameterValue.newBuilder().setText(value))
        .build();
  }

  public static Parameter flag(String name, boolean value) {
    return Parameter.newBuilder()
        .setName(name)
        .setValue(ParameterValue.newBuilder().setFlag(value))
        .build();
  }

  static Parameter units(int... units) {
    ParameterValues.Builder list = ParameterValues.newBuilder();
    for (int n : units) {
      list.addValues(ParameterValue.newBuilder().setInteger(n));
    }
    return Parameter.newBuilder()
        .setName("hidden_units")
        .setValue(ParameterValue.newBuilder().setPerLayer(list))
        .build();
  }

  /** Adam on a 64-20-10 network, a few epochs, with the given parameters instead. */
  public static AssignTrial digits(int trial, int attempt, Parameter... changes) {
    List<Parameter> parameters =
        new ArrayList<>(
            List.of(
                real("learning_rate", 0.01),
                real("learning_rate_decay", 0.1),
                text("optimizer", "adam"),
                real("beta1", 0.9),
                real("beta2", 0.999),
                real("epsilon", 1e-8),
                real("l2", 0),
                real("dropout", 0.1),
                text("activation", "relu"),
                flag("batch_norm", true),
                real("batch_norm_momentum", 0.9),
                real("batch_norm_epsilon", 1e-5),
                whole("batch_size", 100),
                whole("epochs", 4),
                whole("hidden_layers", 1),
                units(20)));
    for (Parameter change : changes) {
      parameters.removeIf(parameter -> parameter.getName().equals(change.getName()));
      parameters.add(change);
    }
    return AssignTrial.newBuilder()
        .setLease(Lease.newBuilder().setSweepId("test").setTrial(trial).setAttempt(attempt))
        .addAllParameters(parameters)
        .setData(
            DataSource.newBuilder()
                .setBuiltin("digits")
                .setDevFraction(0.2)
                .setTestFraction(0.1)
                .setNormalize(true)
                .setSplitSeed(7))
        .setSeed(42 + trial)
        .build();
  }
}
