"""A store with a million results: how quick writes are, each query that a page makes, and the pages themselves over a
comparison of 1,000 cases x 6 variants.

Run by `make bench-store`, which prints Markdown; `--results 50000` is a short form, `--database URL` measures another
database than a SQLite file.
"""

import argparse
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from harness import clocked, variant
from sqlalchemy import text

from workbench.catalogs.catalog import Catalog
from workbench.experiments.planning import choose_cases, plan_experiment
from workbench.experiments.reading import read_board, read_scores
from workbench.paths import Paths, default_paths
from workbench.records import Candidate, Prompt, RankedItem, Ranking, Usage
from workbench.store.experiment import AskedCase, ExperimentPlan, Result
from workbench.store.store import Store
from workbench.store.vote import Vote
from workbench.workshop import Workshop

CASES, LABELS, ROUNDS, PAGE = 1000, "ABCDEF", 30, 25
CATALOG, MEASURE = "movies", "nDCG@10"
NAMES = (
    *(f"{name}@{k}" for k in (5, 10) for name in ("nDCG", "HR", "P", "R")),
    *("RR", "AP", "ceiling", "novelty@10", "popular@10", "lift@10", "diversity@10"),
)
PARTS = {
    "segment": ("short history", "long history", "description only", "noisy text"),
    "history length": ("none", "1 to 2", "3 to 5", "6 or more"),
    "popularity of the target": ("head", "middle", "tail"),
}
COPY_EXPERIMENT = """INSERT INTO experiments
(id, created_at, name, plan, n_cells, status, problem, progress, seconds_left, models, beat)
SELECT :id, :day, name, plan, n_cells, status, problem, progress, seconds_left, models, beat
FROM experiments WHERE id = :old"""
COPY_RESULTS = """INSERT INTO results
(experiment_id, entry, case_at, repeat, status, key, numbers, items, problem)
SELECT :id, entry, case_at, repeat, status, key || '.' || CAST(:id AS VARCHAR), numbers, items, problem
FROM results WHERE experiment_id = :old"""
COST = """INSERT INTO costs (key, seconds, passes, tokens, usage) SELECT r.key, 1.0, 1, 900, '{}'
FROM results r WHERE r.experiment_id = :id AND r.status = 'done' AND r.entry < 18"""
"""Of what a model ranked: 6 variants, each with 2 controls."""
VIEWS = ("Leaderboard", "Case by case", "Slices", "What differs", "Failures", "Files")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--results", type=int, default=1_000_000)
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["WORKBENCH_HOME"] = scratch
        os.environ["WORKBENCH_DATABASE"] = given.database
        paths = default_paths()
        store = Store(paths.database_url)
        measured(store, paths, given.results)
        store.close()


def measured(store: Store, paths: Paths, n: int) -> None:
    workshop = Workshop(paths, store)
    catalog = workshop.catalog(CATALOG)
    plan, cases = planned(workshop, catalog)
    experiment_id = store.begin_experiment(plan, cases)
    rng = random.Random(0)
    per_second = writes(store, experiment_id, plan, catalog, rng)
    total = filled(store, experiment_id, n)
    store.mark_experiment(experiment_id, "done")
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors, Python {platform.python_version()}, ", end="")
    print(f"{store.engine.dialect.name}, {total:,} results in the store; one experiment of {CASES:,} cases x ", end="")
    print(f"{len(LABELS)} variants with controls and baselines ({plan.n_results:,} results).\n")
    print("| writes | results/s |\n|---|---|")
    for name, value in per_second.items():
        print(f"| {name} | {value:,.0f} |")
    print(f"\n| what a page asks, {ROUNDS} times | p50 ms | p95 ms | p50 of the processor |\n|---|---|---|---|")
    for name, call in queries(store, experiment_id, plan):
        timed(name, call)
    experiment = store.experiment(experiment_id)
    print("\n| on the server | first s | of the processor | again s | of the processor |\n|---|---|---|---|---|")
    scores = read_scores(store, experiment)

    def board() -> object:
        return read_board(store, workshop, experiment, scores)

    for name, first, again in (("all intervals and tests", clocked(board), clocked(board)), *pages(experiment_id)):
        print(f"| {name} | {' | '.join(f'{seconds:.2f}' for seconds in (*first, *again))} |")


def planned(workshop: Workshop, catalog: Catalog) -> tuple[ExperimentPlan, tuple[AskedCase, ...]]:
    """The shipped cases again and again under ids of their own."""
    shipped = choose_cases(catalog, workshop.qrels(CATALOG))
    rng = random.Random(1)
    cases = tuple(
        AskedCase(
            replace(shipped[at % len(shipped)].case, id=f"k{at:04}"),
            f"digest {at}",
            {dimension: rng.choice(parts) for dimension, parts in PARTS.items()},
        )
        for at in range(CASES)
    )
    variants = [variant(label) for label in LABELS]
    return plan_experiment("pages", catalog, cases, variants, catalog=CATALOG, baseline="A"), cases


def writes(
    store: Store, experiment_id: str, plan: ExperimentPlan, catalog: Catalog, rng: random.Random
) -> dict[str, float]:
    """The whole experiment, its first cells one by one as they come from a slow model."""
    ids = [item.id for item in catalog.items]
    results = [result(entry.position, at, ids, rng, role=entry.role) for at in range(CASES) for entry in plan.entries]
    ranking = ranked(ids)
    n = 500
    singly = clocked(
        lambda: [store.save_results(experiment_id, [one], {one.key: (ranking, 1.0)}) for one in results[:n]]
    )
    together = clocked(lambda: store.save_results(experiment_id, results[n:]))
    return {
        "one result and its ranking of 20 candidates a transaction": n / singly[0],
        f"{len(results) - n:,} results in one transaction": (len(results) - n) / together[0],
    }


def result(entry: int, case_at: int, ids: list[str], rng: random.Random, *, role: str) -> Result:
    if role == "variant" and rng.random() < 0.01:
        return Result(entry, case_at, 0, "failed", f"{entry}.{case_at}", problem=f"line {rng.randrange(3)}: no element")
    numbers = {name: round(rng.random(), 6) for name in NAMES}
    return Result(entry, case_at, 0, "done", f"{entry}.{case_at}", numbers, tuple(rng.sample(ids, 10)))


def ranked(ids: list[str]) -> Ranking:
    candidates = tuple(Candidate(i, 1.0 / rank, rank, "popularity") for rank, i in enumerate(ids[:20], start=1))
    items = tuple(RankedItem(c.item_id, c.rank, -float(c.rank), c.rank, c.score) for c in candidates)
    return Ranking("k", "digest", items, candidates, prompt=Prompt("word " * 400), usage=Usage(passes=1))


def filled(store: Store, experiment_id: str, n: int) -> int:
    """Copies of the experiment with keys of their own, and what each ranking cost."""
    with store.writing() as connection:
        connection.execute(
            text(COST + " AND NOT EXISTS (SELECT 1 FROM costs c WHERE c.key = r.key)"), {"id": experiment_id}
        )
        size = connection.execute(text("SELECT count(*) FROM results")).scalar_one()
        for at in range(max(0, n // size - 1)):
            names = {"id": f"copy{at}", "old": experiment_id, "day": f"2026-01-{at % 28 + 1:02}T00:00:00.000000+00:00"}
            for statement in (COPY_EXPERIMENT, COPY_RESULTS, COST):
                used = {name: value for name, value in names.items() if f":{name}" in statement}
                connection.execute(text(statement), used)
    with store.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM results")).scalar_one())


def queries(store: Store, experiment_id: str, plan: ExperimentPlan) -> Iterator[tuple[str, Callable[[], object]]]:
    last = CASES - PAGE
    some = list(range(0, CASES, 4))
    yield "the list of experiments", store.experiment_names
    yield "one experiment and how far it is (once a second while it runs)", lambda: store.experiment(experiment_id)
    yield "cases, first page, largest gains", lambda: store.case_page(experiment_id, 0, 1, MEASURE, limit=PAGE)
    yield (
        "cases, last page, where the lists differ",
        lambda: store.case_page(experiment_id, 0, 1, MEASURE, only_differing=True, offset=last, limit=PAGE),
    )
    yield (
        "cases of one segment, largest losses",
        lambda: store.case_page(experiment_id, 0, 1, MEASURE, among=some, order="largest losses first", limit=PAGE),
    )
    yield "one case under every entry", lambda: store.case_results(experiment_id, CASES // 2)
    yield "one ranking", lambda: store.ranking_of("0.0")
    yield "failures, first page", lambda: store.failures(experiment_id)
    yield "every number of the experiment", lambda: read_scores(store, store.experiment(experiment_id))
    yield "what every ranking cost", lambda: store.experiment_costs(experiment_id)
    yield "what is done already (at a resume)", lambda: store.finished_cells(experiment_id)
    yield "the lists to vote on", lambda: store.first_lists(experiment_id, range(len(LABELS)))
    yield "one vote", lambda: store.save_vote(experiment_id, Vote("judge", random.randrange(CASES), 0, 1, 0, "a"))
    yield "all votes", lambda: store.votes(experiment_id)


def pages(experiment_id: str) -> Iterator[tuple[str, tuple[float, float], tuple[float, float]]]:
    """The page as Streamlit's own test runner draws it: all that the server does, and no browser."""
    from streamlit.testing.v1 import AppTest

    from workbench.ui import bootstrap

    at = AppTest.from_file(Path(bootstrap.__file__).with_name("app.py"), default_timeout=600)
    at.query_params["experiment"] = experiment_id
    opened = clocked(lambda: at.switch_page("app_pages/experiments.py").run())
    yield "the page, opened on the leaderboard", opened, clocked(at.run)
    for view in VIEWS[1:]:
        at.get_by_key("experiment.view").set_value(view)
        first = clocked(at.run)
        assert not at.exception, at.exception
        yield f"the page, {view.lower()}", first, clocked(at.run)
    at.switch_page("app_pages/vote.py").run()
    at.get_by_key("vote.judge").set_value("Ann")
    first = clocked(at.run)
    assert not at.exception, at.exception
    yield "a vote: first question, then the next", first, clocked(at.get_by_key("vote.left").click().run)
    for part in (bootstrap.shared().runner, bootstrap.shared().experiments):
        part.shutdown()
    bootstrap.shared().store.close()


def timed(name: str, call: Callable[[], object]) -> None:
    wall, processor = zip(*(clocked(call) for _ in range(ROUNDS)), strict=True)
    p95 = statistics.quantiles(wall, n=20, method="inclusive")[-1]
    numbers = (statistics.median(wall), p95, statistics.median(processor))
    print(f"| {name} | {' | '.join(f'{1000 * seconds:.1f}' for seconds in numbers)} |")


if __name__ == "__main__":
    main()
