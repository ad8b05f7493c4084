"""Other wordings: the file's own, and a model's, which take part only where nothing is lost."""

import pytest
import search_home
from search_home import OTHER, TEXT, begun, searched, workshop_of

from workbench.engine.protocol import Sampling
from workbench.engine.scripted import ScriptedEngine
from workbench.paths import Paths, default_paths
from workbench.prompts import read_template
from workbench.records import CatalogFacts
from workbench.search.edits import ASKING, checked
from workbench.search.reading import read
from workbench.search.rewriting import edited, proposals, reason_against, wild
from workbench.store.store import Store
from workbench.variant import TemplateSource

PLAIN = TemplateSource(name="plain", source=OTHER)
FIND = "Plainly: {{ user.description }}. Next:"


folder = search_home.folder


@pytest.fixture
def workshop(folder):
    shipped = default_paths().shipped
    store = Store(f"sqlite:///{folder / 'data' / 'workbench.sqlite'}")
    made = workshop_of(Paths(folder / "data", folder / "cache", shipped), store)
    yield made
    store.close()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Frankly: {{ user.description }}. Next:", ""),
        ("Frankly. Next:", "it no longer reads user, user.description"),
        ("{{ user.description }} {{ catalog.noun }}", "it reads catalog, catalog.noun, which the text did not"),
        ("{{ user.descripton }}", "plain, line 4: the user has no `descripton`"),
        ("{{ user.description }", "plain, line 4: unexpected '}'"),
    ],
)
def test_a_rewrite_has_to_parse_to_pass_the_checks_and_to_keep_the_variables(text, reason):
    assert reason_against(PLAIN, FIND, text, checked).startswith(reason)
    assert bool(reason_against(PLAIN, FIND, text, checked)) == bool(reason)


def test_an_edit_reaches_the_files_that_a_template_includes():
    source = TemplateSource(name="t", source="{% include 'x.j2' %}", includes={"x.j2": "Say please. {{ k }}"})
    assert edited(source, "Say please.", "Be kind.").includes == {"x.j2": "Be kind. {{ k }}"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("Same.", "it is the text itself"),
        ("x" * 321, "it is 321 characters long"),
        ("{% set k = 1 %}", "it holds a block of Jinja"),
        ("Another.", ""),
    ],
)
def test_a_proposal_that_is_no_rewrite_is_refused(text, reason):
    assert wild(text, "Same.") == reason


def test_a_model_is_asked_for_the_text_and_its_first_line_is_taken():
    engine = ScriptedEngine(texts={"Say it plainly.": '\n"Say it {{ k }}."\nI hope that this helps!'})
    facts = CatalogFacts("c", "C", "any", "en", "film", 1)
    asking = read_template(ASKING, default_paths().templates)
    found = proposals(engine, asking, "Say it plainly.", facts, Sampling(), n=2)
    assert found == ["Say it {{ k }}."] * 2
    assert "the next film for a user" in engine.asked[0]


def test_proposals_take_part_once_and_those_that_lose_something_are_told(folder, workshop):
    written = iter(["Frankly: {{ user.description }}. Next:", "Say it frankly", FIND])

    class Writing(type(workshop)):
        def engine(self, spec):
            made = super().engine(spec)
            if spec.id != "writer":
                return made
            return ScriptedEngine(texts={"Rewrite the sentence": next(written)})

    writing = Writing(workshop.paths, workshop.store)
    changes = {
        "templates": ["plain.j2"],
        "edits": [{"find": FIND, "replace": ["Warmly warm: {{ user.description }}. Next:"], "proposals": 1}],
        "rewriter": {"model": "writer"},
        "budget": {"trials": 8},
    }
    found, state = searched(folder, writing, **changes)
    assert found.plan().space.edits[0].texts == {
        "plain": ("Warmly warm: {{ user.description }}. Next:", "Frankly: {{ user.description }}. Next:")
    }
    assert state.confirmation.verdict == "better"
    assert state.confirmation.winner == "plain, edit 1 no. 1"
    # Begun again, the plan is the one that is kept: the writer is not asked once more.
    assert begun(folder, writing, **changes).plan() == found.plan()
    second = begun(folder, writing, **{**changes, "name": "another"})
    assert second.plan().refused == ("plain: 'Say it frankly': it no longer reads user, user.description",)
    assert read(second).trials == ()


def test_a_text_that_only_one_template_has_is_a_choice_of_that_one(folder, workshop):
    edits = [{"find": "In a", "replace": ["With a"]}]
    space = begun(folder, workshop, edits=edits).plan().space
    assert TEXT.count("In a") == 1
    assert space.edits[0].texts == {"voice": ("With a",)}
    asked = []
    space.variant(lambda name, dimension: (asked.append(name), dimension.values[0] if dimension.values else 1)[1])
    assert "voice.edit 1" in asked
