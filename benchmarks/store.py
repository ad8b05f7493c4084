"""What experiments cost beside the model: the harness's own time for a (variant, case), and a store with many results.

Run by `make bench-store`; `--results 20000` is a short form.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import text

from workbench.engine.scripted import ScriptedEngine
from workbench.experiments.planning import choose_cases, plan_experiment
from workbench.experiments.reading import read_scores
from workbench.experiments.running import run_experiment
from workbench.paths import Paths, default_paths
from workbench.store.experiment import Result
from workbench.store.store import Store
from workbench.variant import Choice, TemplateSource, Variant
from workbench.workshop import Workshop

CASES, VARIANTS, ROUNDS = 1000, 6, 20
TARGET_MS = 2.0
METHOD = Choice(name="likelihood", options={"normalisation": "sum"})


class Nothing(Workshop):
    """Every model answers at once, and every text has the same vector."""

    def engine(self, spec):
        return ScriptedEngine(lambda prompt, continuation: -1.0)

    def embedder(self, name):
        return _Same()


class _Same:
    fingerprint = "same"

    def encode(self, texts):
        import numpy

        return numpy.ones((len(texts), 1), dtype=numpy.float32)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--results", type=int, default=1_000_000)
    n = parser.parse_args().results
    with tempfile.TemporaryDirectory() as scratch:
        shipped = default_paths()
        paths = Paths(Path(scratch), Path(scratch) / "cache", shipped.shipped)
        store = Store(f"sqlite:///{Path(scratch) / 'bench.sqlite'}")
        workshop = Nothing(paths, store)
        harness(store, workshop)
        pages(store, workshop, n)
        store.close()


def harness(store: Store, workshop: Workshop) -> None:
    """A whole experiment, less what the same recommendations take on their own."""
    variants = [variant(label) for label in "AB"]
    plan, cases = planned(workshop, [variant("warm")], "what is loaded once")
    run_experiment(store, workshop, store.begin_experiment(plan, cases))
    plan, cases = planned(workshop, variants, "harness")
    recommenders = [workshop.recommender(v, workshop.catalog("movies")) for v in variants]
    alone = clocked(lambda: [r.recommend(asked.case) for asked in cases for r in recommenders])
    experiment_id = store.begin_experiment(plan, cases)
    whole = clocked(lambda: run_experiment(store, workshop, experiment_id))
    cells = len(cases) * len(variants)
    added = 1000 * (whole - alone) / cells
    print(f"{cells} (variant, case): {whole:.2f} s, of which recommending alone takes {alone:.2f} s")
    print(f"the harness adds {added:.2f} ms to each, baselines included; under {TARGET_MS:g} ms: ", end="")
    print("reached" if added < TARGET_MS else "MISSED")


def pages(store: Store, workshop: Workshop, n: int) -> None:
    """Writes one by one, then many experiments' worth of rows at once, then what a page asks of one of them."""
    plan, cases = planned(workshop, [variant(label) for label in "ABCDEF"], "pages")
    experiment_id = store.begin_experiment(plan, cases)
    numbers = dict.fromkeys(("nDCG@10", "HR@10", "RR", "AP"), 0.5)

    def result(entry: int, case_at: int) -> Result:
        items = tuple(f"i{(entry * case_at + at) % 97}" for at in range(10))
        value = (entry * 37 + case_at * 11) % 100 / 100
        return Result(entry, case_at, 0, "done", numbers={**numbers, "nDCG@10": value}, items=items)

    some = [result(entry, case_at) for case_at in range(CASES // VARIANTS) for entry in range(VARIANTS)]
    spent = clocked(lambda: [store.save_results(experiment_id, [one]) for one in some])
    print(f"{len(some) / spent:,.0f} results/s, each in its own transaction")
    rest = [result(entry, at) for at in range(CASES // VARIANTS, CASES) for entry in range(VARIANTS)]
    store.save_results(experiment_id, rest[: len(rest) // 2])
    store.save_results(experiment_id, rest[len(rest) // 2 :])
    copies = copied(store, experiment_id, n)
    with store.reading() as connection:
        total = connection.execute(text("SELECT count(*) FROM results")).scalar_one()
    print(f"with {total:,} results in the store, {copies + 2} experiments, one of {CASES} cases x {VARIANTS} variants:")
    timed("first page of cases", lambda: store.case_page(experiment_id, 0, 1, "nDCG@10", limit=25))
    timed(
        "last page, differing", lambda: store.case_page(experiment_id, 0, 1, "nDCG@10", only_differing=True, offset=900)
    )
    timed("one case", lambda: store.case_results(experiment_id, 500))
    timed("all numbers", lambda: read_scores(store, store.experiment(experiment_id)))
    timed("list of experiments", lambda: store.experiments())


def copied(store: Store, experiment_id: str, n: int) -> int:
    copies = max(1, n // (CASES * VARIANTS))
    columns = "entry, case_at, repeat, status, key, numbers, items, problem"
    with store.writing() as connection:
        for at in range(copies):
            names = {"new": f"copy{at}", "old": experiment_id}
            of_experiment = "plan, n_cells, status, problem, progress, seconds_left, models, created_at, beat"
            connection.execute(
                text(f"INSERT INTO experiments (id, name, {of_experiment}) SELECT :new, name, {of_experiment} FROM "
                     "experiments WHERE id = :old"), names
            )  # fmt: skip
            connection.execute(
                text(f"INSERT INTO results (experiment_id, {columns}) SELECT :new, {columns} FROM results "
                     "WHERE experiment_id = :old"), names
            )  # fmt: skip
    return copies


def planned(workshop: Workshop, variants: list[Variant], name: str):
    catalog = workshop.catalog("movies")
    cases = choose_cases(catalog, workshop.qrels("movies"))
    plan = plan_experiment(name, catalog, cases, variants, catalog="movies", baseline=variants[0].label, controls=False)
    return plan, cases


def variant(label: str) -> Variant:
    source = f"---\nmethod: likelihood\n---\n{label} {{{{ user.description }}}} Next:"
    template = TemplateSource(name=label, source=source)
    return Variant(label=label, template=template, method=METHOD, retriever=Choice(name="popularity"))


def timed(name: str, call) -> None:
    spent = [1000 * clocked(call) for _ in range(ROUNDS)]
    print(f"  {name:<22} median {statistics.median(spent):7.1f} ms, slowest {max(spent):7.1f} ms")


def clocked(call) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
