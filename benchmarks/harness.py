"""What an experiment adds to each (variant, case): a model that does nothing, first asked alone, then by an experiment.

Run by `make bench-harness`; `--profile` says in which functions the time goes.
"""

import argparse
import cProfile
import pstats
import statistics
import tempfile
import time
from pathlib import Path

from workbench.engine.scripted import ScriptedEngine
from workbench.experiments.planning import choose_cases, plan_experiment
from workbench.experiments.running import run_experiment
from workbench.paths import Paths, default_paths
from workbench.store.store import Store
from workbench.variant import Choice, TemplateSource, Variant
from workbench.workshop import Workshop

ROUNDS, VARIANTS = 7, 6
TARGET_MS = 2.0
CATALOG = "movies"
METHOD = Choice(name="likelihood", options={"normalisation": "sum"})


class Nothing(Workshop):
    """Every model answers at once, and every text has the same vector."""

    scripted = ScriptedEngine(lambda prompt, continuation: -1.0)

    def engine(self, spec):
        return self.scripted

    def embedder(self, name):
        return _Same()


class _Same:
    fingerprint = "same"

    def encode(self, texts):
        import numpy

        return numpy.ones((len(texts), 1), dtype=numpy.float32)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", action="store_true")
    profile = cProfile.Profile() if parser.parse_args().profile else None
    with tempfile.TemporaryDirectory() as scratch:
        paths = Paths(Path(scratch), Path(scratch) / "cache", default_paths().shipped)
        store = Store(f"sqlite:///{Path(scratch) / 'bench.sqlite'}")
        workshop = Nothing(paths, store)
        measured(store, workshop, profile)
        store.close()
    if profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)


def measured(store: Store, workshop: Workshop, profile: cProfile.Profile | None) -> None:
    catalog = workshop.catalog(CATALOG)
    cases = choose_cases(catalog, workshop.qrels(CATALOG))
    cells = len(cases) * VARIANTS
    alone, whole = [], []
    for at in range(ROUNDS + 1):
        # Other templates each time, so that nothing comes from the store.
        variants = [variant(f"{at}{label}") for label in "ABCDEF"]
        recommenders = [workshop.recommender(v, catalog) for v in variants]
        alone.append(clocked(lambda made=recommenders: [r.recommend(a.case) for a in cases for r in made]))
        plan = plan_experiment(
            str(at), catalog, cases, variants, catalog=CATALOG, baseline=variants[0].label, controls=False
        )
        experiment_id = store.begin_experiment(plan, cases)
        if profile and at:
            profile.enable()
        whole.append(clocked(lambda made=experiment_id: run_experiment(store, workshop, made)))
        if profile:
            profile.disable()
    # The first round loads what is loaded once.
    print(f"{len(cases)} cases x {VARIANTS} variants, {ROUNDS} rounds, medians; baselines included")
    for kind, name in enumerate(("by the wall clock", "of the processor")):
        ms = [(1000 * a[kind] / cells, 1000 * w[kind] / cells) for a, w in zip(alone[1:], whole[1:], strict=True)]
        asked, all_of_it = (statistics.median(values) for values in zip(*ms, strict=True))
        added = [w - a for a, w in ms]
        median = statistics.median(added)
        reached = "reached" if median < TARGET_MS else "MISSED"
        print(
            f"  {name}: recommending alone {asked:.2f} ms, in an experiment {all_of_it:.2f} ms a (variant, case); ",
            end="",
        )
        print(f"added {median:.2f} ms ({min(added):.2f} to {max(added):.2f}); under {TARGET_MS:g} ms: {reached}")


def variant(label: str) -> Variant:
    source = f"---\nmethod: likelihood\n---\n{label} {{{{ user.description }}}} Next:"
    template = TemplateSource(name=label, source=source)
    return Variant(label=label, template=template, method=METHOD, retriever=Choice(name="popularity"))


def clocked(call) -> tuple[float, float]:
    """Seconds by the clock on the wall, and those of the processor: on a busy machine the second is the one to read."""
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - processor


if __name__ == "__main__":
    main()
