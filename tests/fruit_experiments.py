"""Experiments over the fruit catalog: its home, models that answer as told, and experiments ready to run."""

import json
from pathlib import Path

import pytest
import yaml
from pages import CASES, LIKELY, TEXT, ScriptedWorkshop, fruit

from workbench.engine.scripted import ScriptedEngine, by_table
from workbench.experiments.config import plan_of, read_config
from workbench.paths import Paths
from workbench.prompts.files import TemplateSource
from workbench.store.store import Store

OTHER = TEXT.replace("They liked", "Somebody liked")
SUM = {"name": "likelihood", "options": {"normalisation": "sum"}}
CONFIG = {
    "name": "two templates",
    "catalog": "fruit",
    "variants": {
        "A": {"template": "one.j2", "retriever": "popularity", "method": SUM},
        "B": {"template": "two.j2", "retriever": "popularity", "method": SUM},
    },
    "cutoffs": [1, 3],
    "measure": "nDCG@3",
}
MORE = [{"id": f"m{n}", "description": f"number {n}", "history": ["a1"], "segment": "more"} for n in range(4)]
QRELS = "case_id,item_id,grade\nk1,c1,3\nk1,e1,1\n" + "".join(f"m{n},d1,1\n" for n in range(4))


class Asked(ScriptedWorkshop):
    """Counts what the model is asked."""

    def __init__(self, *args):
        super().__init__(*args)
        self.scripted = ScriptedEngine(by_table(LIKELY))


def fruit_home(folder):
    """A home with the fruit catalog of six cases (k2 has no known answer), two templates and a config beside them."""
    cases = "\n".join(json.dumps(case) for case in [*CASES, *MORE])
    fruit(folder, cases_jsonl=cases, qrels_csv=QRELS)
    for name, text in (("one", TEXT), ("two", OTHER)):
        (folder / f"{name}.j2").write_text(text)
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    return folder


def fruit_workshop(home, url="", kind=Asked):
    """A workshop at that home over a store of its own, or the one of that URL."""
    store = Store(url or f"sqlite:///{home / 'data' / 'workbench.sqlite'}")
    return kind(Paths(home / "data", home / "cache", home / "shipped"), store)


def template(name):
    return TemplateSource(name=Path(name).stem, source=Path(name).read_text())


def written(home, **changes):
    (home / "config.yaml").write_text(yaml.safe_dump({**CONFIG, **changes}))
    return home / "config.yaml"


def begun(home, workshop, **changes):
    config = written(home, **changes)
    plan, cases = plan_of(read_config(config), workshop, template, folder=home)
    return workshop.store.begin_experiment(plan, cases)


@pytest.fixture
def home(tmp_path):
    return fruit_home(tmp_path)


@pytest.fixture
def workshop(home):
    made = fruit_workshop(home)
    yield made
    made.store.close()
