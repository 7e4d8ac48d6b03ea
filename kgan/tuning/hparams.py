"""Trials for TensorBoard's HParams tab, on every backend."""

import io
from pathlib import Path
from typing import Any

from kgan.arguments import check_path
from kgan.files import write_bytes
from kgan.tuning.trials import MEASURED, check_trials


def write_hparams(trials: list[dict[str, Any]], log_dir: str | Path) -> None:
    """Writes one session per trial for `tensorboard --logdir log_dir`.

    keras-tuner writes sessions on TensorFlow only, and one per trial whatever
    the seeds. Calling this again replaces the files.

    Args:
        trials: What `results` or `search` returned.
        log_dir: Folder. Each trial gets a folder of its name inside.

    Raises:
        ValueError: If `trials` or `log_dir` is something else.
        OSError: If a file cannot be written.

    Example:

    ```python
    kgan.tuning.write_hparams(kgan.tuning.results(tuner), "runs/logs")
    ```
    """
    check_trials(trials)
    log_dir = check_path("log_dir", log_dir)
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import api_pb2, metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import (
        HParamsPluginData,
        SessionEndInfo,
        SessionStartInfo,
    )

    def session(tag: str, **part: Any) -> Summary.Value:
        return Summary.Value(
            tag=tag,
            metadata=metadata.create_summary_metadata(
                HParamsPluginData(**part)
            ),
            tensor=metadata.NULL_TENSOR,
        )

    for trial in trials:
        start = SessionStartInfo(group_name=trial["trial"], start_time_secs=0)
        for name, value in trial.items():
            if name in MEASURED:
                continue
            if isinstance(value, bool):
                start.hparams[name].bool_value = value
            elif isinstance(value, int | float):
                start.hparams[name].number_value = value
            else:
                start.hparams[name].string_value = str(value)
        completed = trial["score"] is not None
        end = SessionEndInfo(
            status=api_pb2.STATUS_SUCCESS
            if completed
            else api_pb2.STATUS_FAILURE,
            end_time_secs=trial["seconds"] or 0,
        )
        values = [
            session(metadata.SESSION_START_INFO_TAG, session_start_info=start)
        ]
        if completed:
            values.append(
                Summary.Value(
                    tag=trial["objective"], simple_value=trial["score"]
                )
            )
        values.append(
            session(metadata.SESSION_END_INFO_TAG, session_end_info=end)
        )
        path = log_dir / trial["trial"] / "events.out.tfevents.0.kgan"
        write_bytes(path, _events(values))


def _events(values: list[Any]) -> bytes:
    """Builds an event file of these summaries."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    content = io.BytesIO()
    writer = RecordWriter(content)
    writer.write(Event(file_version="brain.Event:2").SerializeToString())
    for value in values:
        event = Event(summary=Summary(value=[value]))
        writer.write(event.SerializeToString())
    return content.getvalue()
