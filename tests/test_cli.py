import json
from types import SimpleNamespace

import pytest

from workbench.bundle import Solved, make_bundle, write_bundle
from workbench.cli import arguments, wiring
from workbench.cli.main import main
from workbench.errors import CatalogError, Problem, VariantError
from workbench.records import (
    Candidate,
    Case,
    CatalogFacts,
    Item,
    MatchedLine,
    ModelIdentity,
    RankedItem,
    Ranking,
    Usage,
)
from workbench.store.store import Store

TEMPLATE = "---\nname: mine\nmethod: generation\n---\nA list of {{ catalog.noun }}s:\n"
MODEL = ModelIdentity("smollm2", "main", "ab" * 32, "float32", "cpu", 2048, 135)
ITEMS = {i: Item(i, f"The [{i}] film", f"{i}.") for i in ("p", "q", "r")}


class TinyCatalog:
    facts = CatalogFacts("movies", "Movies", "video", "en", "film", 3)
    of_files = "cf"

    def item(self, item_id):
        if item_id not in ITEMS:
            raise CatalogError(Problem(f"no item {item_id!r}", "catalog movies", "did you mean 'p'?"))
        return ITEMS[item_id]

    def case(self, case_id):
        if case_id != "m1":
            raise CatalogError(Problem(f"no case {case_id!r}", "catalog movies", "did you mean\n'm1'?"))
        return Case("m1", description="slow films")


class FakeWorkshop:
    """Ranks q before p, leaves r out, and remembers what it was asked."""

    def __init__(self, store):
        self.store = store
        self.asked = []
        self.scores = {"q": -1.5, "p": float("-inf")}
        self.error = None
        self.chances = {}

    def catalog(self, name):
        return TinyCatalog()

    def qrels(self, name):
        return {"m1": {"q": 3}}

    def engine(self, spec):
        return SimpleNamespace(identity=MODEL)

    def recommend(self, variant, catalog, case, *, exemplars=(), cancel, on_progress):
        self.asked.append((variant, catalog, case))
        if self.error:
            raise self.error
        on_progress("scoring [all]", 0.5)
        placed = sorted(self.scores, key=self.scores.get, reverse=True)
        return Ranking(
            case_id=case.id,
            variant_digest=variant.digest,
            ranked=(
                *(
                    RankedItem(i, n, self.scores[i], n, 0.5, chances=self.chances.get(i, {}))
                    for n, i in enumerate(placed, start=1)
                ),
                RankedItem("r", 3, None, 3, 0.1, left_out=True),
            ),
            candidates=tuple(Candidate(i, 0.5, n, "dense") for n, i in enumerate("pqr", start=1)),
            lines=(MatchedLine("1. Nothing", "invented"),),
            model=MODEL,
            usage=Usage(passes=2, prompt_tokens=10, scored_tokens=5, seconds=0.25),
            warnings=("ex1: shares the answer",),
        )


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """A home of one's own with one template, and a workshop that needs no model."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "160")
    (tmp_path / "data" / "templates").mkdir(parents=True)
    (tmp_path / "data" / "templates" / "mine.j2").write_text(TEMPLATE)
    store = Store(f"sqlite:///{tmp_path / 'test.sqlite'}")
    workshop = FakeWorkshop(store)
    monkeypatch.setattr(wiring, "open_workshop", lambda: workshop)
    yield workshop
    store.close()


@pytest.fixture
def bench(workshop, capsys):
    """Runs one command: (exit code, stdout, stderr)."""

    def run(*command):
        try:
            code = main(list(command))
        except SystemExit as left:
            code = left.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return run


RANK = ("rank", "--template", "mine", "--catalog", "movies")


def test_rank_prints_a_table_and_the_cost_apart(bench):
    code, out, err = bench(*RANK, "--case", "m1", "-k", "2")
    assert code == 0
    assert "Movies, case m1: 2 of 3 candidates" in out
    rows = [line.split() for line in out.splitlines() if "film" in line]
    assert rows == [["1", "q", "The", "[q]", "film", "-1.5000", "1"], ["2", "p", "The", "[p]", "film", "-inf", "2"]]
    rates = "invented 1 of 1, ambiguous 0 of 1, outside 0 of 1, duplicate 0 of 1, left out 1 of 3"
    assert err.splitlines() == ["warning: ex1: shares the answer", rates, "2 passes, 15 tokens, 0.2 s"]


def test_rank_prints_json_that_any_reader_takes(bench, workshop):
    code, out, _ = bench(*RANK, "--case", "m1", "--json")
    found = json.loads(out, parse_constant=lambda name: pytest.fail(name))
    assert code == 0
    assert found["ranking"]["ranked"][1] == {
        "item_id": "p",
        "rank": 2,
        "score": None,
        "candidate_rank": 2,
        "candidate_score": 0.5,
        "left_out": False,
        "explanation": "",
        "spread": None,
        "chances": {},
    }
    assert found["titles"]["q"] == "The [q] film"
    assert (found["rates"]["invented"], found["rates"]["left out"]) == (1.0, 1 / 3)
    assert found["catalog_fingerprint"] == "cf"
    assert found["variant"]["template"]["source"] == TEMPLATE


def test_rank_tells_how_well_labels_were_told(bench, workshop, tmp_path):
    front = "method: pointwise\ntask: labels\nlabels: [like, dislike]\ngrades: {like: 1, dislike: 0}"
    (tmp_path / "data" / "templates" / "mine.j2").write_text(f"---\n{front}\n---\n{{{{ candidate.title }}}}:")
    workshop.chances = {"q": {"like": 0.5, "dislike": 0.5}, "p": {"like": 0.5, "dislike": 0.5}}
    _, out, _ = bench(*RANK, "--case", "m1")
    numbers = [line.split() for line in out.partition("How well labels were told")[2].splitlines()]
    assert ["2", "0.6931", "0.6931", "0.2500", "0.5000"] in numbers
    assert ["like", "0.5000", "1.0000", "1"] in numbers
    found = json.loads(bench(*RANK, "--case", "m1", "--json")[1])
    assert found["labels"]["classes"][1] == {"label": "dislike", "precision": None, "recall": 0.0, "support": 1}


def test_rank_takes_its_defaults_from_the_variant_and_the_template(bench, workshop):
    bench(*RANK, "--case", "m1")
    variant, catalog, case = workshop.asked[0]
    default = arguments.DEFAULT
    assert variant.method.name == "generation"
    assert variant == default.model_copy(update={"template": variant.template, "method": variant.method})
    assert (catalog, case.id) == ("movies", "m1")


def test_rank_hands_every_setting_on(bench, workshop):
    settings = "--retriever popularity --embedder e -n 7 --model m --revision r --dtype float32 --device cpu"
    more = "--method likelihood --orders 5 -k 3 --seed 4 --exemplars none"
    code, _, err = bench(*RANK, "--case", "m1", *settings.split(), *more.split())
    assert (code, err.splitlines()[-1][:8]) == (0, "2 passes")
    variant = workshop.asked[0][0]
    assert (variant.retriever.name, variant.embedder, variant.n_candidates) == ("popularity", "e", 7)
    assert variant.model.model_dump() == {"id": "m", "revision": "r", "dtype": "float32", "device": "cpu"}
    assert (variant.method.name, variant.k, variant.seed, variant.exemplars.name) == ("likelihood", 3, 4, "none")
    assert variant.orders == 5


def test_rank_takes_a_case_typed_in(bench, workshop):
    bench(*RANK, "--description", "slow", "--history", "p", "--history", "q")
    assert workshop.asked[0][2] == Case("typed", "slow", ("p", "q"))


def test_rank_takes_a_template_file(bench, workshop, tmp_path):
    (tmp_path / "other.j2").write_text("{% include 'part.j2' %}")
    (tmp_path / "part.j2").write_text("beside it")
    bench("rank", "-t", str(tmp_path / "other.j2"), "-c", "movies", "--case", "m1")
    template = workshop.asked[0][0].template
    assert (template.name, template.includes) == ("other", {"part.j2": "beside it"})


def test_rank_prefers_the_version_saved_on_the_page(bench, workshop):
    workshop.store.save_template("mine", "first")
    workshop.store.save_template("mine", "second")
    bench(*RANK, "--case", "m1")
    assert workshop.asked[0][0].template.source == "second"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("rank", "-t", "mine", "--case", "m1"), "give --template and --catalog"),
        (RANK, "give either --case, or --description"),
        ((*RANK, "--case", "m1", "--description", "x"), "give either --case, or --description"),
        ((*RANK, "--case", "m1", "-n", "0"), "Invalid value for '--n-candidates'"),
        ((*RANK, "--case", "m1", "--orders", "51"), "Invalid value for '--orders'"),
        ((*RANK, "--case", "m1", "--colour", "red"), "No such option"),
        (("rank", "--bundle", "b.zip", "-k", "3"), "leave out --k"),
        (("nonsense",), "No such command"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_why(bench, command, said):
    code, out, err = bench(*command)
    assert (code, out) == (2, "")
    assert said in " ".join(err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ((*RANK, "--case", "m2"), "error: catalog movies: no case 'm2' — did you mean 'm1'?\n"),
        ((*RANK, "--history", "x"), "error: catalog movies: no item 'x' — did you mean 'p'?\n"),
        (("rank", "-t", "mina", "-c", "movies", "--case", "m1"), "no template 'mina'"),
        (("rank", "--bundle", "missing.zip"), "error: missing.zip: no such file or folder — check the path\n"),
        ((*RANK, "--case", "m1", "-o", "broken"), "can't read the option 'broken'"),
    ],
)
def test_a_mendable_error_exits_with_2_and_is_one_line_on_stderr(bench, command, said):
    code, out, err = bench(*command)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_every_problem_of_an_error_has_its_line(bench, workshop):
    workshop.error = VariantError(Problem("one"), Problem("two"))
    assert bench(*RANK, "--case", "m1") == (2, "", "error: one\nerror: two\n")


@pytest.fixture
def bundle(bench, workshop, tmp_path):
    """A bundle of what the fake workshop ranks."""
    bench(*RANK, "--case", "m1")
    variant, catalog, case = workshop.asked[0]
    ranking = workshop.recommend(variant, catalog, case, cancel=None, on_progress=lambda text, fraction: None)
    path = tmp_path / "winner.zip"
    path.write_bytes(write_bundle(make_bundle(variant, TinyCatalog(), [Solved(case, ranking)])))
    return str(path)


def test_a_bundle_that_comes_out_the_same_exits_with_0(bench, bundle):
    code, out, err = bench("rank", "--bundle", bundle)
    assert (code, err) == (0, "")
    assert "case m1: same order, equal scores" in out
    assert out.endswith("\nreproduced\n")


def test_a_bundle_that_comes_out_otherwise_exits_with_1(bench, bundle, workshop):
    workshop.scores = {"q": -1.5, "p": -0.5}
    code, out, _ = bench("rank", "--bundle", bundle)
    assert code == 1
    assert "case m1: another order, other scores" in out
    assert "NOT reproduced" in out


def test_a_bundle_rerun_tells_json(bench, bundle, workshop):
    workshop.scores["q"] = -1.5004
    code, out, _ = bench("rank", "--bundle", bundle, "--json")
    found = json.loads(out)
    assert (code, found["reproduced"], found["differences"]) == (0, True, [])
    assert found["cases"][0]["largest_difference"] == pytest.approx(0.0004)
