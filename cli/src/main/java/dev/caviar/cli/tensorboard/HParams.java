package dev.caviar.cli.tensorboard;

import com.google.protobuf.Value;
import dev.caviar.cli.view.Texts;
import dev.caviar.proto.EndStates;
import dev.caviar.proto.tensorboard.DataType;
import dev.caviar.proto.tensorboard.Experiment;
import dev.caviar.proto.tensorboard.HParamInfo;
import dev.caviar.proto.tensorboard.HParamsPluginData;
import dev.caviar.proto.tensorboard.HParamsStatus;
import dev.caviar.proto.tensorboard.MetricInfo;
import dev.caviar.proto.tensorboard.MetricName;
import dev.caviar.proto.tensorboard.SessionEndInfo;
import dev.caviar.proto.tensorboard.SessionStartInfo;
import dev.caviar.proto.tensorboard.Summary;
import dev.caviar.proto.tensorboard.SummaryMetadata;
import dev.caviar.proto.tensorboard.TensorProto;
import dev.caviar.proto.tensorboard.TensorShapeProto;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.TrialState;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** What TensorBoard's hparams plugin reads, as tensorboard.plugins.hparams.summary makes it. */
final class HParams {
  private static final String PLUGIN = "hparams";
  private static final int DT_FLOAT = 1;

  private HParams() {}

  /**
   * What all trials have in common.
   *
   * @param parameters by name, each with a value that some trial has
   * @param metrics their tags
   */
  static Summary experiment(
      String name, Map<String, ParameterValue> parameters, List<String> metrics) {
    Experiment.Builder experiment = Experiment.newBuilder().setName(name);
    parameters.forEach(
        (parameter, value) ->
            experiment.addHparamInfos(
                HParamInfo.newBuilder().setName(parameter).setType(type(value))));
    for (String tag : metrics) {
      experiment.addMetricInfos(
          MetricInfo.newBuilder().setName(MetricName.newBuilder().setTag(tag)));
    }
    return summary(
        "_hparams_/experiment", HParamsPluginData.newBuilder().setExperiment(experiment));
  }

  /**
   * A trial's values.
   *
   * @param group a name that no other trial has
   * @param begun seconds since 1970
   */
  static Summary begun(Collection<Parameter> parameters, String group, double begun) {
    SessionStartInfo.Builder start =
        SessionStartInfo.newBuilder().setGroupName(group).setStartTimeSecs(begun);
    parameters.stream()
        .sorted(Comparator.comparing(Parameter::getName))
        .forEach(parameter -> start.putHparams(parameter.getName(), value(parameter.getValue())));
    return summary(
        "_hparams_/session_start_info", HParamsPluginData.newBuilder().setSessionStartInfo(start));
  }

  /**
   * How a trial stands.
   *
   * @param ended seconds since 1970; what is known so far where it still runs
   */
  static Summary ended(TrialState state, double ended) {
    HParamsStatus status =
        switch (state) {
          case COMPLETED, STOPPED_EARLY -> HParamsStatus.STATUS_SUCCESS;
          case DIVERGED, FAILED, CANCELLED, INFEASIBLE -> HParamsStatus.STATUS_FAILURE;
          default ->
              EndStates.contains(state)
                  ? HParamsStatus.STATUS_UNKNOWN
                  : HParamsStatus.STATUS_RUNNING;
        };
    return summary(
        "_hparams_/session_end_info",
        HParamsPluginData.newBuilder()
            .setSessionEndInfo(
                SessionEndInfo.newBuilder().setStatus(status).setEndTimeSecs(ended)));
  }

  private static Summary summary(String tag, HParamsPluginData.Builder data) {
    return Summary.newBuilder()
        .addValue(
            Summary.Value.newBuilder()
                .setTag(tag)
                .setMetadata(
                    SummaryMetadata.newBuilder()
                        .setPluginData(
                            SummaryMetadata.PluginData.newBuilder()
                                .setPluginName(PLUGIN)
                                .setContent(data.build().toByteString())))
                .setTensor(
                    TensorProto.newBuilder()
                        .setDtype(DT_FLOAT)
                        .setTensorShape(TensorShapeProto.getDefaultInstance())))
        .build();
  }

  private static DataType type(ParameterValue value) {
    return switch (value.getKindCase()) {
      case REAL, INTEGER -> DataType.DATA_TYPE_FLOAT64;
      case FLAG -> DataType.DATA_TYPE_BOOL;
      // The plugin knows no lists.
      case TEXT, PER_LAYER, KIND_NOT_SET -> DataType.DATA_TYPE_STRING;
    };
  }

  private static Value value(ParameterValue value) {
    Value.Builder made = Value.newBuilder();
    return switch (value.getKindCase()) {
      case REAL -> made.setNumberValue(value.getReal()).build();
      case INTEGER -> made.setNumberValue((double) value.getInteger()).build();
      case FLAG -> made.setBoolValue(value.getFlag()).build();
      case TEXT, PER_LAYER, KIND_NOT_SET -> made.setStringValue(Texts.value(value)).build();
    };
  }
}
