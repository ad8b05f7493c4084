import pytest

from workbench.errors import Problem
from workbench.records import Candidate, Case, MatchedLine, ModelIdentity, Prompt, RankedItem, Ranking, Span, Usage
from workbench.store.errors import StoreError
from workbench.store.store import Store
from workbench.variant import TemplateSource, Variant

VARIANTS = [Variant(label=label, template=TemplateSource(name=label, source="x")) for label in "AB"]
CASE = Case(id="m1", description="slow films", history=("h1", "h2"))
RANKING = Ranking(
    case_id="m1",
    variant_digest="ab" * 32,
    ranked=(RankedItem("i2", 1, -1 / 3, 2, 0.1), RankedItem("i1", 2, float("-inf"), 1, 0.2, left_out=True)),
    candidates=(Candidate("i1", 0.2, 1, "dense"), Candidate("i2", 0.1, 2, "dense")),
    prompt=Prompt("a film", spans=(Span(2, 6, "candidate", "i1"),)),
    lines=(MatchedLine("1. Film", "fuzzy", "i2", 0.9, others=("i1",)),),
    removed={"history": 2},
    model=ModelIdentity("m", "r", "ff", "float32", "cpu", 2048, 135),
    usage=Usage(passes=3, seconds=0.1),
)


@pytest.fixture
def store(database_url):
    store = Store(database_url)
    yield store
    store.close()


def start(store, draft_id="d1"):
    return store.start_comparison(
        draft_id, catalog="movies", catalog_fingerprint="cf", case=CASE, variants=VARIANTS, baseline="A"
    )


def statuses(store, comparison_id):
    return [run.status for run in store.comparison(comparison_id).runs]


def test_a_started_comparison_keeps_what_was_asked(store):
    comparison = store.comparison(start(store))
    assert (comparison.draft_id, comparison.catalog, comparison.catalog_fingerprint) == ("d1", "movies", "cf")
    assert comparison.case == CASE
    assert comparison.baseline == "A"
    assert [(run.label, run.status, run.variant) for run in comparison.runs] == [
        ("A", "queued", VARIANTS[0]),
        ("B", "queued", VARIANTS[1]),
    ]
    assert comparison.active


def test_progress_shows_on_the_run_that_makes_it(store):
    comparison_id = start(store)
    store.set_progress(comparison_id, 1, text="scoring", fraction=0.5)
    first, second = store.comparison(comparison_id).runs
    assert (first.status, first.progress, first.fraction) == ("queued", "", 0.0)
    assert (second.status, second.progress, second.fraction) == ("running", "scoring", 0.5)


def test_a_ranking_comes_back_bit_for_bit(store):
    comparison_id = start(store)
    store.save_ranking(comparison_id, 0, RANKING, seconds=1.5)
    run = store.comparison(comparison_id).runs[0]
    assert run.ranking == RANKING
    assert (run.status, run.fraction, run.seconds) == ("done", 1.0, 1.5)


def test_a_failure_keeps_every_problem(store):
    comparison_id = start(store)
    problems = (Problem("too long", "prompt", "fewer shots", 3, 4), Problem("no such model"))
    store.save_failure(comparison_id, 1, problems, seconds=0.2)
    run = store.comparison(comparison_id).runs[1]
    assert (run.status, run.problems, run.seconds) == ("failed", problems, 0.2)


def test_stopping_leaves_finished_runs_as_they_are(store):
    comparison_id = start(store)
    store.save_ranking(comparison_id, 0, RANKING)
    store.stop(comparison_id)
    assert statuses(store, comparison_id) == ["done", "stopped"]
    assert not store.comparison(comparison_id).active


def test_what_comes_late_for_a_finished_run_is_dropped(store):
    comparison_id = start(store)
    store.save_ranking(comparison_id, 0, RANKING)
    store.stop(comparison_id)
    store.set_progress(comparison_id, 0, text="late", fraction=0.1)
    store.save_ranking(comparison_id, 1, RANKING)
    store.save_failure(comparison_id, 0, [Problem("late")])
    assert statuses(store, comparison_id) == ["done", "stopped"]


def test_what_a_killed_server_left_becomes_interrupted_and_resumes(store):
    comparison_id = start(store)
    store.set_progress(comparison_id, 0, text="scoring", fraction=0.5)
    store.interrupt_unfinished()
    assert statuses(store, comparison_id) == ["interrupted", "interrupted"]
    store.resume(comparison_id)
    assert statuses(store, comparison_id) == ["queued", "queued"]


def test_the_comparisons_of_a_draft_come_newest_first(store):
    assert store.latest_comparison("d1") is None
    ids = [start(store), start(store), start(store)]
    start(store, "d2")
    assert [c.id for c in store.comparisons("d1")] == ids[::-1]
    assert [c.id for c in store.comparisons("d1", limit=2)] == [ids[2], ids[1]]
    assert store.latest_comparison("d1").id == ids[2]


def test_an_unknown_comparison_is_an_error_with_its_id(store):
    with pytest.raises(StoreError, match="no comparison 'nope'"):
        store.comparison("nope")


def test_a_comparison_id_fits_a_url(store):
    assert start(store).isalnum()
