"""The pages as a user sees them, without a browser: over a home of their own, and models that answer as told."""

import html
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from catalog_files import write_fruit
from streamlit.testing.v1 import AppTest

from workbench.engine.scripted import ScriptedEngine, by_table
from workbench.store.draft import Draft
from workbench.ui import bootstrap
from workbench.variant import Choice, TemplateSource, Variant
from workbench.workshop import Workshop

APP = Path(bootstrap.__file__).with_name("app.py")
SECONDS = 120
"""For one drawing of a page; the first imports all of it."""

ITEMS = """\
item_id,title,year,price,ripe,tags
a1,Apple,2001,1.5,yes,red|round
b1,Banana,,,no,
c1,Cherry,1999,3,,red
d1,Date,,,,
e1,Elderberry,,,,
"""
CASES = [
    {"id": "k1", "description": "red", "history": ["b1"], "segment": "short history"},
    {"id": "k2", "description": "sweet and small", "segment": "description only"},
]
QRELS = "case_id,item_id,grade\nk1,c1,3\nk1,e1,1\n"
ITEMS_ALONE = {"cases_jsonl": None, "qrels_csv": None, "exemplars_jsonl": None, "interactions_csv": None}
LIKELY = {"Cherry": -1.0, "Date": -2.0, "Apple": -3.0}
TEXT = """---
method: likelihood
---
They liked{% for m in history %} {{ m.title }}{% endfor %} and say: {{ user.description }}. Next:"""


class ScriptedWorkshop(Workshop):
    """Every model is the scripted one, so that no weights are read and each answer is known."""

    scripted = ScriptedEngine(by_table(LIKELY))

    def tokenizer(self, spec):
        return self.scripted.tokenizer

    def engine(self, spec):
        return self.scripted

    def embedder(self, name):
        return _Words()


class _Words:
    fingerprint = "words"

    def encode(self, texts):
        import numpy

        counted = ScriptedWorkshop.scripted.states(texts)
        return counted / numpy.maximum(numpy.linalg.norm(counted, axis=1, keepdims=True), 1e-12)


@contextmanager
def served(home, monkeypatch, *, workshop=ScriptedWorkshop) -> Iterator[Path]:
    """A server of its own below `home`, with pip kept off the network; what Streamlit keeps for a process is new."""
    monkeypatch.setenv("WORKBENCH_HOME", str(home))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(bootstrap, "Workshop", workshop)
    _forget()
    yield home
    shared = bootstrap.shared()
    shared.runner.shutdown()
    shared.experiments.shutdown()
    shared.store.close()
    _forget()


def _forget() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()


def opened(page: str = "compare", **query: str) -> AppTest:
    """A new session, as a new browser tab, on that page."""
    at = AppTest.from_file(APP, default_timeout=SECONDS)
    at.query_params.update(query)
    at.run()
    return at if page == "compare" else at.switch_page(f"app_pages/{page}.py").run()


def loaded(at: AppTest) -> AppTest:
    """The page once what its previews need is loaded, or could not be."""
    workshop = bootstrap.shared().workshop
    for begun in list(workshop._begun.values()):
        begun.exception(timeout=120)
    return at.run()


def finished(at: AppTest) -> AppTest:
    """The page once everything that was started has come to its end."""
    bootstrap.shared().runner.wait()
    bootstrap.shared().experiments.wait()
    return at.run()


def fruit(home, **files) -> Path:
    """The fruit catalog in the user's own folder; a keyword is a file (`items_csv`) and its text."""
    folder = home / "data" / "catalogs"
    folder.mkdir(parents=True, exist_ok=True)
    cases = "\n".join(json.dumps(case) for case in CASES)
    return write_fruit(folder, **{"items_csv": ITEMS, "cases_jsonl": cases, "qrels_csv": QRELS, **files})


def variant(label: str, text: str = TEXT, **fields) -> Variant:
    method = Choice(name="likelihood", options={"normalisation": "sum"})
    settings = {"retriever": Choice(name="popularity"), "method": method, **fields}
    return Variant(label=label, template=TemplateSource(name="plain", source=text), **settings)


def save_draft(*variants: Variant, **fields) -> Draft:
    draft = Draft(id="d1", **{"catalog": "fruit", "case_id": "k1", "variants": variants or (variant("A"),), **fields})
    bootstrap.shared().store.save_draft(draft)
    return draft


def stored_draft() -> Draft:
    return bootstrap.shared().store.latest_draft().draft


def said(elements) -> str:
    """What several elements say, one below the other."""
    return "\n".join(str(element.value) for element in elements)


def table(at: AppTest, name: str):
    """The table with that text for screen readers, as a pandas frame."""
    (found,) = [frame for frame in at.dataframe if frame.proto.alt == name]
    return found.value


def column(at: AppTest, table_name: str, name: str) -> list:
    return table(at, table_name)[name].tolist()


def prompts(at: AppTest) -> list[str]:
    """The text of each prompt in preview."""
    found = (re.search(r"<pre[^>]*>(.*)</pre>", element.proto.body, re.DOTALL) for element in at.html)
    return [html.unescape(re.sub(r"<[^>]+>", "", match[1])) for match in found if match]


def in_editor(at: AppTest, key: str) -> dict:
    """What an editor was given to show: its text, its error marks, its completions."""
    proto = at.get_by_key(key).proto
    return json.loads(proto.json or proto.mixed.json)
