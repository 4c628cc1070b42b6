"""Makes trial.tfevents and experiment.tfevents with TensorBoard's own writer and messages.

They hold what TensorBoardLogTest has Caviar write, so that the test can compare byte for byte. Run with
TensorBoard 2.21 (pip install tensorboard): python make_events.py
"""

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

BEGUN = 1793534400.0


def plugin(tag, **data):
    content = plugin_data_pb2.HParamsPluginData(**data).SerializeToString(deterministic=True)
    metadata = summary_pb2.SummaryMetadata(
        plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="hparams", content=content)
    )
    nothing = tensor_pb2.TensorProto(dtype=1, tensor_shape=tensor_shape_pb2.TensorShapeProto())
    return summary_pb2.Summary(
        value=[summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=nothing)]
    )


def write(name, events):
    with open(name, "wb") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString(deterministic=True))
        writer.flush()


version = event_pb2.Event(wall_time=BEGUN, file_version="brain.Event:2")

experiment = api_pb2.Experiment(name="digits")
for parameter, kind in [
    ("activation", api_pb2.DATA_TYPE_STRING),
    ("batch_size", api_pb2.DATA_TYPE_FLOAT64),
    ("hidden_units", api_pb2.DATA_TYPE_STRING),
    ("learning_rate", api_pb2.DATA_TYPE_FLOAT64),
    ("optimizer", api_pb2.DATA_TYPE_STRING),
]:
    experiment.hparam_infos.add(name=parameter, type=kind)
for tag in ["train_loss", "dev_loss", "dev_error", "learning_rate"]:
    experiment.metric_infos.add(name=api_pb2.MetricName(tag=tag))
write(
    "experiment.tfevents",
    [
        version,
        event_pb2.Event(
            wall_time=BEGUN, summary=plugin("_hparams_/experiment", experiment=experiment)
        ),
    ],
)

start = plugin_data_pb2.SessionStartInfo(group_name="trial 3", start_time_secs=BEGUN)
start.hparams["activation"].string_value = "relu"
start.hparams["batch_size"].number_value = 32
start.hparams["hidden_units"].string_value = "53,63"
start.hparams["learning_rate"].number_value = 0.0004
start.hparams["optimizer"].string_value = "momentum"
end = plugin_data_pb2.SessionEndInfo(status=api_pb2.STATUS_SUCCESS, end_time_secs=BEGUN + 0.25)
write(
    "trial.tfevents",
    [
        version,
        event_pb2.Event(
            wall_time=BEGUN, summary=plugin("_hparams_/session_start_info", session_start_info=start)
        ),
    ]
    + [
        event_pb2.Event(
            wall_time=BEGUN + 0.125 * epoch,
            step=epoch,
            summary=summary_pb2.Summary(
                value=[
                    summary_pb2.Summary.Value(tag=tag, simple_value=value)
                    for tag, value in [
                        ("train_loss", 1.5 / epoch),
                        ("dev_loss", float("nan") if epoch == 2 else 1.75),
                        ("dev_error", 0.3),
                        ("learning_rate", 0.0),
                    ]
                ]
            ),
        )
        for epoch in [1, 2]
    ]
    + [
        event_pb2.Event(
            wall_time=BEGUN + 0.25, summary=plugin("_hparams_/session_end_info", session_end_info=end)
        )
    ],
)
