"""An experiment of a real model in bfloat16, killed and resumed."""

import os
import signal
import subprocess
import sys

import pytest
import yaml
from test_experiments import tables

from workbench.experiments.framing import shared_beginning

CONFIG = {
    "name": "kill me",
    "catalog": "movies",
    "cases": {"ids": [f"f{n:02}" for n in range(1, 11)]},
    "controls": False,
    "variants": {
        "A": {"template": "zero-shot-history", "n_candidates": 8},
        "B": {"template": "few-shot", "exemplars": {"name": "nearest", "options": {"n": 2}}, "n_candidates": 8},
    },
}


def command(folder):
    return [sys.executable, "-m", "workbench", "eval", str(folder / "config.yaml")]


@pytest.mark.model
def test_killed_and_resumed_a_model_in_bfloat16_ends_with_the_same_tables(home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    (folder / "data").mkdir()
    (folder / "data" / "models").symlink_to(home / "data" / "models")
    (folder / "cache").symlink_to(home / "cache")
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    environment = {**os.environ, "WORKBENCH_HOME": str(folder)}
    subprocess.run(command(folder), env=environment, check=True, capture_output=True)
    whole = tables(folder)
    for file in (folder / "data").glob("workbench.sqlite*"):
        file.unlink()
    process = subprocess.Popen(command(folder), env=environment, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("8 of 20"):  # the first of two groups, asked by the first of two variants
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert 0 < len(tables(folder)["results"]) < len(whole["results"])
    subprocess.run(command(folder), env=environment, check=True, capture_output=True)
    assert tables(folder) == whole


def test_a_beginning_is_shared_up_to_a_whole_word():
    assert shared_beginning(["You rank films.\nSeen: Alien", "You rank films.\nSeen: Up"]) == "You rank films.\nSeen:"
    assert shared_beginning(["one of a kind", "one of another kind"]) == "one of"
    assert shared_beginning(["alone"]) == shared_beginning(["a", "b"]) == ""
