"""TensorBoard: a run for each row of the leaderboard, its numbers as scalars, settings and verdicts as text."""

import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.tracking.tracked import Tracked


def to_tensorboard(tracked: "Tracked", folder: Path) -> Path:
    """Writes `FOLDER/<experiment>/<row>` and the report beside them; `tensorboard --logdir FOLDER` opens it."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    place = folder / tracked.id
    shutil.rmtree(place, ignore_errors=True)
    for row in tracked.rows:
        writer = EventFileWriter(str(place / _name(row.label)))
        values = [Summary.Value(tag=name, simple_value=number) for name, number in row.numbers.items()]
        if row.settings:
            values.append(_text("settings", _listed({**tracked.facts, **row.settings})))
        writer.add_event(Event(wall_time=time.time(), step=0, summary=Summary(value=values)))
        writer.close()
    writer = EventFileWriter(str(place / "verdicts"))
    said = _text("verdicts", "\n".join(f"- {finding}" for finding in tracked.findings))
    writer.add_event(Event(wall_time=time.time(), step=0, summary=Summary(value=[said])))
    writer.close()
    (place / "report.html").write_text(tracked.report, encoding="utf-8")
    return folder


def _text(tag: str, markdown: str) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.text import metadata
    from tensorboard.util.tensor_util import make_tensor_proto

    described = metadata.create_summary_metadata(display_name=tag, description="")
    return Summary.Value(tag=tag, metadata=described, tensor=make_tensor_proto([markdown]))


def _listed(settings: dict[str, str]) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in settings.items())
    return f"| setting | value |\n|---|---|\n{rows}"


def _name(label: str) -> str:
    """The label as a folder's name."""
    return re.sub(r"[^\w .,-]", "_", label).strip() or "_"
