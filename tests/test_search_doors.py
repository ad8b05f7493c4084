"""A search from the command line and from the form: what is said, what is written, what the form asks for."""

import json

import pytest
from search_home import SUM, TEXT, home, workshop_of

from workbench.bundle import read_bundle
from workbench.cli import wiring
from workbench.cli.main import main
from workbench.errors import VariantError
from workbench.paths import Paths, default_paths
from workbench.search.config import read_search
from workbench.search.form import SearchForm
from workbench.search.plan import SearchPlan
from workbench.store.store import Store
from workbench.variant import Choice, TemplateSource, Variant

START = Variant(
    template=TemplateSource(name="voice", source=TEXT), retriever=Choice(name="popularity"), method=Choice(**SUM), k=3
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    place = home(tmp_path)
    paths = Paths(place / "data", place / "cache", default_paths().shipped)
    store = Store(f"sqlite:///{place / 'data' / 'workbench.sqlite'}")
    monkeypatch.setattr(wiring, "open_workshop", lambda: workshop_of(paths, store))
    yield place
    store.close()


def code(*arguments):
    try:
        return main(arguments)
    except SystemExit as left:
        return left.code or 0


def test_the_command_says_what_it_found_and_exports_the_winner(folder, capsys):
    bundle = folder / "winner.zip"
    assert code("search", str(folder / "search.yaml"), "--export", str(bundle)) == 0
    out, err = capsys.readouterr()
    assert "20 cases to search on, 20 kept apart" in out
    assert "Verdict: better than the best shipped default" in out
    assert "optimism +0.0000" in out
    assert "reruns it" in err
    assert read_bundle(bundle).variant.parameters["tone"] == "warm"


def test_the_command_of_a_search_whose_model_is_dead_fails_with_the_reason(folder, capsys, monkeypatch):
    def dead(prompt, title):
        raise OSError("connection refused")

    made = wiring.open_workshop()
    monkeypatch.setattr(wiring, "open_workshop", lambda: workshop_of(made.paths, made.store, dead))
    assert code("search", str(folder / "search.yaml")) != 0
    out, err = capsys.readouterr()
    assert "connection refused" in err
    assert "Verdict" not in out


def test_the_command_gives_json(folder, capsys):
    assert code("search", str(folder / "search.yaml"), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["state"]["confirmation"]["verdict"] == "better"
    assert {"trial", "score", "cases", "state", "what"} <= set(told["trials"][0])
    assert code("search", str(folder / "search.yaml"), "--json") == 0
    assert json.loads(capsys.readouterr().out) == told


def test_a_wrong_file_exits_with_2(folder, capsys):
    (folder / "search.yaml").write_text("name: x\n")
    assert code("search", str(folder / "search.yaml")) == 2
    assert "catalog" in capsys.readouterr().err


def test_rank_takes_parameters_of_the_template(folder, capsys):
    asked = [
        "rank",
        "-t",
        str(folder / "voice.j2"),
        "-c",
        "fruit",
        "--case",
        "k3",
        "--retriever",
        "popularity",
        "--json",
    ]
    assert code(*asked, "-o", "normalisation=sum", "-p", "tone=warm", "-p", "depth=4") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["variant"]["parameters"] == {"tone": "warm", "depth": 4}
    assert told["ranking"]["prompt"]["text"].startswith("In a warm voice of 4:")
    assert code(*asked, "-p", "tone=hot") == 2
    assert "tone = 'hot' — expected one of cool, warm, loud" in capsys.readouterr().err
    assert code(*asked, "-p", "tone") == 2


def form(**values):
    return SearchForm(
        **{"name": "n", "catalog": "fruit", "templates": ("voice",), "start": START, "search_cases": 9, "minutes": 2.0}
        | {"confirm_cases": 8, "passes": 0, **values}
    )


def test_the_form_takes_candidates_and_model_from_a_variant_and_leaves_the_rest_free():
    config = form().config()
    assert config.settings["retriever"] == {"name": "popularity", "options": {}}
    assert config.settings["k"] == 3
    assert {"method", "exemplars", "fusion", "orders", "parameters"}.isdisjoint(config.settings)
    assert (config.cases.limit, config.confirm.limit, config.budget.minutes) == (9, 8, 2.0)
    assert config.space.orders == (1,)


def test_the_form_s_choices_are_the_space():
    space = form(
        methods=("letters",), normalisations=("sum", "mean"), policies=("none", "nearest"), counts=(1, 2),
        sources=("walk",), orders=(1, 3), parameters=False,
    ).config().space  # fmt: skip
    assert space.method == {"letters": {}, "likelihood": {"normalisation": ("sum", "mean")}}
    assert space.exemplars == {"none": {}, "nearest": {"n": (1, 2)}}
    assert set(space.fusion) == {"none", "sum"}
    assert set(space.fusion["sum"]) == {"model", "walk"}
    assert space.parameters is False


def test_a_form_without_templates_is_told():
    with pytest.raises(VariantError, match="templates"):
        form(templates=()).config()


def test_the_file_of_the_docs_can_be_read():
    config = read_search(default_paths().shipped / "docs" / "search" / "games.yaml")
    assert config.budget.minutes == 20
    assert "budget" in SearchPlan.model_fields
