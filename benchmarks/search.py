"""A search over shipped templates on the Games cases: is there a variant better than the best shipped default?

Run by `make bench-search`; reads ../shared/data/amazon-games and says so where it is not there. The catalog is imported
as anybody's is. What was asked is kept in the cache folder: a run that was stopped goes on where it was, and `--fresh`
begins anew. Prints Markdown.
"""

import argparse
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from workbench.catalogs.importing import IMPORTERS, import_catalog
from workbench.paths import Paths, default_paths
from workbench.prompts import read_template
from workbench.retrieval import SCORERS
from workbench.search.begin import begin
from workbench.search.config import Budget, SearchConfig, read_search
from workbench.search.folder import SearchFolder, State
from workbench.search.reading import Reading, read
from workbench.search.running import run_search
from workbench.store.store import Store
from workbench.variant import ModelSpec
from workbench.workshop import Workshop

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data" / "amazon-games"
FILE = ROOT / "docs" / "search" / "games.yaml"
NAME = "amazon-games"
TOP = 10


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--cases", type=int, help="how many cases to search on, instead of the file's")
    parser.add_argument("--confirm", type=int, help="how many cases to confirm on, instead of the file's")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run has asked")
    given = parser.parse_args(arguments)
    if not given.data.is_dir():
        print(f"no data at {given.data}: nothing to search on")
        return
    started = time.monotonic()
    paths = prepared(given.data, fresh=given.fresh)
    store = Store(paths.database_url)
    workshop = Workshop(paths, store)
    indexed(workshop)
    minutes = (time.monotonic() - started) / 60
    print(f"{minutes:.1f} min went into the import and the indexes; they count.\n")
    config = changed(read_search(FILE), given, minutes=max(1.0, given.minutes - minutes))
    folder = begin(config, workshop, lambda name: read_template(name, paths.templates), folder=FILE.parent)
    state = run_search(folder, store, workshop)
    show(folder, state, read(folder))
    store.close()


def indexed(workshop: Workshop) -> None:
    """Every source of the space, asked once: what it keeps on disk is made."""
    catalog = workshop.catalog(NAME)
    embeddings = workshop.embeddings("", catalog.facts.language, ModelSpec())
    for scorer in SCORERS.values():
        scorer.scores(catalog, catalog.cases[0], embeddings=embeddings)


def changed(config: SearchConfig, given: argparse.Namespace, *, minutes: float) -> SearchConfig:
    cases = config.cases.model_copy(update={"limit": given.cases or config.cases.limit})
    confirm = config.confirm.model_copy(update={"limit": given.confirm or config.confirm.limit})
    budget = Budget(minutes=minutes)
    return config.model_copy(update={"cases": cases, "confirm": confirm, "budget": budget, "seed": given.seed})


def prepared(data: Path, *, fresh: bool) -> Paths:
    """Folders of its own with the imported catalog in them; the models are the user's."""
    user = default_paths()
    home = user.cache / "search"
    if fresh:
        shutil.rmtree(home, ignore_errors=True)
    paths = replace(user, data=home, database="")
    home.mkdir(parents=True, exist_ok=True)
    if not paths.models.exists():
        paths.models.symlink_to(user.models)
    if not (home / "catalogs" / NAME / "catalog.yaml").is_file():
        importer = IMPORTERS[NAME]()
        import_catalog(importer, data, home / "catalogs", NAME, importer.about)
    return paths


def show(folder: SearchFolder, state: State, reading: Reading) -> None:
    plan = reading.plan
    print(f"{len(plan.search_ids)} cases to search on, {len(plan.confirm_ids)} kept apart, of other users; ", end="")
    complete = sum(t.state == "complete" for t in reading.trials)
    print(f"{len(reading.trials)} trials, {complete} of them on all cases; {state.seconds / 60:.1f} min and ", end="")
    print(f"{state.passes:,} passes, the confirmation among them. {state.ended}.\n")
    print(f"| trial | {plan.measure} | cases | what |")
    print("|---|---:|---:|---|")
    for row in [row for row in reading.table() if row["cases"]][:TOP]:
        print(f"| {row['trial']} | {row['score']:.4f} | {row['cases']} | {row['what']} |")
    print("\nTemplates as they ship:\n")
    print(f"| template | {plan.measure} | cases |")
    print("|---|---:|---:|")
    for trial in (t for t in reading.trials if t.default_of):
        print(f"| {trial.default_of} | {trial.score or 0:.4f} | {trial.cases} |")
    if reading.importances:
        print("\n| setting | share of what sets the best apart |")
        print("|---|---:|")
        for name, share in sorted(reading.importances.items(), key=lambda pair: -pair[1])[:TOP]:
            print(f"| {name} | {share:.2f} |")
    print()
    for line in state.confirmation.lines(plan.measure) if state.confirmation else ["The search was not confirmed."]:
        print(f"- {line}")


if __name__ == "__main__":
    main()
