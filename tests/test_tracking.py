"""Trackers with the real libraries: what is written can be read back by each."""

import importlib.util
import json
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.errors import VariantError
from workbench.evaluation.leaderboard import Board, Row
from workbench.evaluation.significance import Difference, Interval
from workbench.store.experiment import Entry, Experiment, ExperimentPlan
from workbench.tracking import read_target, track, tracked_of
from workbench.variant import Choice, TemplateSource, Variant

VARIANTS = tuple(
    Variant(label=label, template=TemplateSource(name=name, source="x"), parameters=given)
    for label, name, given in (("A", "plain", {}), ("B", "warm", {"tone": "warm"}))
)
PLAN = ExperimentPlan(
    name="two voices", catalog="fruit", catalog_fingerprint="f" * 64, cases_digest="c", n_cases=9, variants=VARIANTS,
    baseline="A", code_version="0",
)  # fmt: skip
EXPERIMENT = Experiment("0123456789abcdef", PLAN, "done", datetime(2026, 1, 1, tzinfo=UTC), 18, 0, 18)
GAIN = Difference("A", "B", Interval(0.1, 0.05, 0.15, 9), 0.01, 0.01, 0.9, 6, 2, 1, 5, 0.02)
ROWS = (
    Row(Entry(0, "A", "variant", 0), Interval(0.4, 0.3, 0.5, 9), 9, 0, {"nDCG@10": 0.4, "RR": 0.3}),
    Row(Entry(1, "B", "variant", 1), Interval(0.5, 0.4, 0.6, 9), 9, 1, {"nDCG@10": 0.5}, to_baseline=GAIN),
    Row(Entry(2, "Chance", "chance", 0), Interval(0.2, 0.2, 0.2, 9), 9, 0, {"nDCG@10": 0.2}),
)
BOARD = Board("nDCG@10", ROWS, (GAIN,), (), (GAIN.words,), 9, 0)
REPORT = "<!doctype html><h1>two voices</h1>"
TRACKED = tracked_of(EXPERIMENT, BOARD, REPORT)


def needs(library):
    missing = importlib.util.find_spec(library) is None
    reason = f"{library} is not installed here: `make test-tracking` tests it in an environment of its own"
    return pytest.mark.skipif(missing, reason=reason)


def test_what_is_told_holds_settings_numbers_and_intervals():
    a, b, chance = TRACKED.rows
    assert b.settings["template.name"] == "warm"
    assert b.settings["parameters.tone"] == "warm"
    assert b.settings["digest"] == VARIANTS[1].digest
    assert (b.numbers["nDCG@10"], b.numbers["nDCG@10 low"], b.numbers["nDCG@10 high"]) == (0.5, 0.4, 0.6)
    assert (b.numbers["to baseline"], b.numbers["failed"]) == (0.1, 1.0)
    assert "to baseline" not in a.numbers
    assert (chance.settings, chance.role) == ({}, "chance")
    assert Choice(name="none") == VARIANTS[0].fusion


@pytest.mark.parametrize("target", ["mlflow", "mlflow:", "aim:folder", ":folder"])
def test_an_unknown_target_is_told(target):
    with pytest.raises(VariantError, match="tensorboard:FOLDER, mlflow:FOLDER, wandb:FOLDER"):
        read_target(target)


def test_a_library_that_is_missing_is_named_with_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "wandb", None)
    with pytest.raises(VariantError, match=r"pip install 'workbench\[wandb\]'"):
        track(f"wandb:{tmp_path}", TRACKED)


@needs("tensorboard")
def test_tensorboard_reads_scalars_text_and_the_report_lies_beside(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for _ in range(2):  # once more takes the place of what was there
        track(f"tensorboard:{tmp_path}", TRACKED)
    place = tmp_path / EXPERIMENT.id
    assert (place / "report.html").read_text() == REPORT
    (events,) = (place / "B").iterdir()
    read = EventAccumulator(str(events))
    read.Reload()
    (scalar,) = read.Scalars("nDCG@10 low")
    assert scalar.value == pytest.approx(0.4)
    (settings,) = read.Tensors("settings")
    assert "parameters.tone | warm" in settings.tensor_proto.string_val[0].decode()
    said = EventAccumulator(str(place / "verdicts"))
    said.Reload()
    assert "B is better than A" in said.Tensors("verdicts")[0].tensor_proto.string_val[0].decode()


@needs("mlflow")
def test_mlflow_reads_runs_parameters_metrics_and_artifacts(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow.tracking import MlflowClient

    for _ in range(2):
        database = track(f"mlflow:{tmp_path}", TRACKED)
    client = MlflowClient(tracking_uri=f"sqlite:///{database}")
    experiment = client.get_experiment_by_name("two voices")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert set(runs) == {"two voices", "A", "B", "Chance"}
    b, parent = runs["B"], runs["two voices"]
    assert b.data.params["parameters.tone"] == "warm"
    assert b.data.metrics["nDCG at 10"] == 0.5
    assert b.data.metrics["nDCG at 10 high"] == 0.6
    assert b.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert {f.path for f in client.list_artifacts(parent.info.run_id)} == {
        "report.html",
        "verdicts.txt",
        "leaderboard.json",
    }
    (report,) = tmp_path.rglob(f"{parent.info.run_id}/artifacts/report.html")
    assert report.read_text() == REPORT
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM experiments WHERE name = 'two voices'").fetchone() == (1,)


def logged_records(content, block=32768, header=7):
    """The records of a log in LevelDB's format, which begins with a header of seven bytes."""
    at, whole = header, b""
    while at + header <= len(content):
        if block - at % block < header:
            at += block - at % block
            continue
        length, kind = int.from_bytes(content[at + 4 : at + 6], "little"), content[at + 6]
        whole += content[at + header : at + header + length]
        at += header + length
        if kind in (1, 4):  # whole, or the last part
            yield whole
            whole = b""


@needs("wandb")
def test_wandb_keeps_a_run_offline_with_its_report(tmp_path):
    from wandb.proto.wandb_internal_pb2 import Record

    for _ in range(2):
        place = track(f"wandb:{tmp_path}", TRACKED)
    (log,) = place.glob("*.wandb")
    records = [Record.FromString(data) for data in logged_records(log.read_bytes())]
    config = {u.key: json.loads(u.value_json) for r in records for u in r.config.update}
    logged = {"/".join(i.nested_key) or i.key: i.value_json for r in records for i in r.history.item}
    config |= {u.key: json.loads(u.value_json) for r in records for u in r.run.config.update}
    assert config["B"]["parameters.tone"] == "warm"
    assert json.loads(logged["B/nDCG@10"]) == 0.5
    assert json.loads(logged["B/nDCG@10 low"]) == 0.4
    artifacts = [r for r in records if r.request.log_artifact.artifact.name or r.artifact.name]
    assert artifacts
    assert Path(place).parent.name == "wandb"
