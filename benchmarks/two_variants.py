"""How long an analyst waits: two variants over 20 candidates on the embedded model, cold and warm.

Run by `make bench`. "Warm" is what a second press of Run costs after an edit: the model, the embeddings and the
content-free scores are at hand, the prompts are not in the cache.
"""

import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

from workbench.paths import default_paths
from workbench.store.store import Store
from workbench.ui.first_draft import first_draft
from workbench.workshop import Workshop

ROUNDS = 5
TARGET_SECONDS = 3.0


def main() -> None:
    paths = default_paths()
    with tempfile.TemporaryDirectory() as scratch:
        workshop = Workshop(paths, Store(f"sqlite:///{Path(scratch) / 'bench.sqlite'}"))
        draft = first_draft(workshop)
        cases = [c for c in workshop.catalog(draft.catalog).cases if c.history or c.description][: ROUNDS + 1]
        cold = run(workshop, draft, cases[0])
        warm = [run(workshop, draft, case) for case in cases[1:]]
        again = [run(workshop, draft, case) for case in cases[1:]]
    print(f"{platform.machine()}, {os.cpu_count()} cores, {draft.variants[0].model.id}, catalog {draft.catalog}")
    for variant in draft.variants:
        print(f"  {variant.label}: {variant.template.name}, {variant.method.name}, {variant.n_candidates} candidates")
    print(f"cold, the model's load included:              {cold:6.2f} s")
    print(f"warm, cases not seen before (median of {len(warm)}):    {statistics.median(warm):6.2f} s")
    print(f"warm, the same cases again (median of {len(again)}):     {statistics.median(again):6.2f} s")
    verdict = "reached" if statistics.median(warm) < TARGET_SECONDS else "MISSED"
    print(f"under {TARGET_SECONDS:.0f} s once warm: {verdict}")


def run(workshop: Workshop, draft, case) -> float:
    started = time.perf_counter()
    for variant in draft.variants:
        workshop.recommend(variant, draft.catalog, case)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
