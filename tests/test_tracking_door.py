"""`workbench eval --track`: what the trackers are handed, and what is told before anything runs."""

import pytest
import yaml
from search_home import SUM, home, workshop_of

from workbench import tracking
from workbench.cli import wiring
from workbench.cli.main import main
from workbench.paths import Paths
from workbench.store.store import Store

CONFIG = {
    "name": "two voices",
    "catalog": "fruit",
    "cases": {"limit": 8},
    "variants": {
        "cool": {"template": "voice.j2", "retriever": "popularity", "method": SUM},
        "warm": {"template": "voice.j2", "retriever": "popularity", "method": SUM, "parameters": {"tone": "warm"}},
    },
    "cutoffs": [3],
    "measure": "nDCG@3",
    "controls": False,
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    place = home(tmp_path)
    (place / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    store = Store(f"sqlite:///{place / 'data' / 'workbench.sqlite'}")
    paths = Paths(place / "data", place / "cache", place / "shipped")
    monkeypatch.setattr(wiring, "open_workshop", lambda: workshop_of(paths, store))
    yield place
    store.close()


def code(*arguments):
    try:
        return main(arguments)
    except SystemExit as left:
        return left.code or 0


def test_a_tracker_is_handed_every_row_and_the_report(folder, monkeypatch, capsys):
    handed = []
    monkeypatch.setitem(tracking.TRACKERS, "mlflow", lambda tracked, path: (handed.append(tracked), path)[1])
    assert code("eval", str(folder / "config.yaml"), "--track", f"mlflow:{folder / 'runs'}") == 0
    (tracked,) = handed
    assert [row.label for row in tracked.rows[:2]] == ["cool", "warm"]
    assert tracked.rows[1].settings["parameters.tone"] == "warm"
    assert tracked.rows[1].numbers["nDCG@3"] == 1.0
    assert tracked.report.startswith("<!doctype html>")
    assert tracked.findings
    assert f"tracked: {folder / 'runs'}" in capsys.readouterr().err


def test_an_unknown_tracker_is_told_before_anything_runs(folder, capsys):
    assert code("eval", str(folder / "config.yaml"), "--track", "aim:somewhere") == 2
    assert "tensorboard:FOLDER" in capsys.readouterr().err
    assert not wiring.open_workshop().store.experiments()
