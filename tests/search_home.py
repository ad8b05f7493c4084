"""A home for searches: fruit, users who each took one, and a model that finds it when it is asked in the right way."""

import hashlib
import json
from pathlib import Path

import pytest
import yaml
from pages import ScriptedWorkshop, fruit

from workbench.engine.scripted import ScriptedEngine
from workbench.paths import Paths
from workbench.prompts import read_template
from workbench.search.begin import begin
from workbench.search.config import search_of
from workbench.search.running import run_search
from workbench.store.store import Store

FRUIT = ("Apple", "Banana", "Cherry", "Date", "Elderberry")
IDS = ("a1", "b1", "c1", "d1", "e1")
TEXT = """---
method: likelihood
parameters:
  tone: [cool, warm, loud]
  depth: {min: 1, max: 4, default: 2}
---
In a {{ params.tone }} voice of {{ params.depth }}: {{ user.description }}. Next:"""
OTHER = """---
method: likelihood
---
Plainly: {{ user.description }}. Next:"""
SUM = {"name": "likelihood", "options": {"normalisation": "sum"}}
FILE = {
    "name": "which voice",
    "catalog": "fruit",
    "templates": ["voice.j2", "plain.j2"],
    "settings": {"retriever": "popularity", "method": SUM},
    "cutoffs": [1, 3],
    "measure": "nDCG@3",
    "budget": {"trials": 12},
    "pruning": {"first": 4},
}


def home(folder, n=40):
    """`n` cases, two for each user; what each wants stands in the description."""
    cases = [
        {"id": f"k{i}", "description": f"wants {FRUIT[i % 5]}, no. {i}", "user": f"u{i // 2}", "segment": "all"}
        for i in range(n)
    ]
    qrels = "case_id,item_id,grade\n" + "".join(f"k{i},{IDS[i % 5]},1\n" for i in range(n))
    fruit(folder, cases_jsonl="\n".join(map(json.dumps, cases)), qrels_csv=qrels)
    (folder / "voice.j2").write_text(TEXT)
    (folder / "plain.j2").write_text(OTHER)
    (folder / "search.yaml").write_text(yaml.safe_dump(FILE))
    return folder


def knowing(prompt, title):
    """Only a warm voice gets the fruit that is wanted."""
    wanted = prompt.partition("wants ")[2].partition(",")[0]
    if "warm" in prompt and title.strip() == wanted:
        return -0.5
    # What is no fruit is a calibration's anchor.
    return -1.0 - (FRUIT.index(title.strip()) if title.strip() in FRUIT else len(FRUIT))


def guessing(seed):
    """Noise: whatever is asked, and however, some fruit or other."""

    def logprob(prompt, title):
        digest = hashlib.sha256(f"{seed}|{prompt}|{title}".encode()).digest()
        return -20 * digest[0] / 256 - digest[1] / 1e6

    return logprob


def workshop_of(paths, store, logprob=knowing):
    class Knowing(ScriptedWorkshop):
        scripted = ScriptedEngine(logprob)

    return Knowing(paths, store)


def template(folder):
    return lambda name: read_template(Path(name).stem, (folder,))


def begun(folder, workshop, **changes):
    return begin(search_of({**FILE, **changes}, "search.yaml"), workshop, template(folder), folder=folder)


def searched(folder, workshop, **changes):
    found = begun(folder, workshop, **changes)
    return found, run_search(found, workshop.store, workshop)


def opened(folder, name="workbench", **answers):
    store = Store(f"sqlite:///{folder / 'data' / f'{name}.sqlite'}")
    return workshop_of(Paths(folder / "data", folder / "cache", folder / "shipped"), store, **answers)


@pytest.fixture
def folder(tmp_path):
    return home(tmp_path)


@pytest.fixture
def workshop(folder):
    made = opened(folder)
    yield made
    made.store.close()
