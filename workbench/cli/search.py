"""`workbench search`: a search of a file, begun or gone on with, and what it found."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli import wiring
from workbench.cli.printing import interrupted, print_json, print_table, say
from workbench.cli.rank import find_template

if TYPE_CHECKING:
    from workbench.search.folder import SearchFolder, State
    from workbench.search.reading import Reading
    from workbench.workshop import Workshop

HELP = """Search for a better variant, and confirm it once on cases kept apart.

The file says which templates and settings are tried, and for how long. Every ranking is kept as it is made: Ctrl+C
stops it, a killed one loses the case in flight at most, and the same command goes on where it ended.

Examples:

- `workbench search search.yaml`
- `workbench search search.yaml --export winner.zip`
- `workbench search search.yaml --json > found.json`
"""
File = Annotated[Path, typer.Argument(metavar="SEARCH", help="A YAML file: see docs/search.md.")]
Top = Annotated[int, typer.Option("--top", min=1, help="How many trials to show.")]
Export = Annotated[Path | None, typer.Option("--export", metavar="ZIP", help="Write the winner as a bundle.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def search(file: File, top: Top = 10, export: Export = None, as_json: Json = False) -> None:
    from workbench.search.begin import begin
    from workbench.search.config import read_search
    from workbench.search.reading import read
    from workbench.search.running import run_search

    workshop = wiring.open_workshop()
    store = workshop.store
    assert store is not None
    config = read_search(file)
    folder = begin(config, workshop, lambda name: find_template(name, workshop), folder=file.parent)
    for refused in folder.plan().refused:
        say(f"a proposal was not let in: {refused}")
    with interrupted() as stopped, _shown() as on_step:
        state = run_search(folder, store, workshop, cancel=stopped.is_set, on_step=on_step)
    _print(folder, state, read(folder), top, as_json=as_json)
    if export is not None and state.confirmation:
        _export(folder, workshop, export)
    if state.status == "stopped":
        say("stopped; the same command goes on")
        raise typer.Exit(1)


def _print(folder: "SearchFolder", state: "State", reading: "Reading", top: int, *, as_json: bool) -> None:
    plan = reading.plan
    spent = f"{state.seconds:.0f} s and {state.passes:,} passes spent"
    say(f"search {folder.id}: {len(reading.trials)} trials, {spent}, {state.status}. {state.ended}".rstrip(". "))
    if reading.failures:
        say(reading.failures)
    if as_json:
        found = {"trials": reading.table(), "curve": reading.curve, "importances": reading.importances}
        print_json({"id": folder.id, "state": asdict(state), "measure": plan.measure, **found})
        return
    rows = reading.table()[:top]
    print_table(
        ("trial", plan.measure, "cases", "failed", "state", "what"),
        [(r["trial"], r["score"], r["cases"], r["failed cases"], r["state"], r["what"]) for r in rows],
        title=f"{plan.name}: {len(plan.search_ids)} cases to search on, {len(plan.confirm_ids)} kept apart",
    )
    if reading.importances:
        shares = sorted(reading.importances.items(), key=lambda pair: -pair[1])
        print_table(("setting", "share of what matters"), shares[:top])
    if state.confirmation:
        for line in state.confirmation.lines(plan.measure):
            print(line)


def _export(folder: "SearchFolder", workshop: "Workshop", path: Path) -> None:
    from workbench.search.winning import bundle_of

    path.write_bytes(bundle_of(folder, workshop))
    say(f"the winner is in {path}: `workbench rank --bundle {path}` reruns it")


@contextmanager
def _shown() -> Iterator[Callable[["State"], None]]:
    """A line on stderr that says what is being done, and what was spent."""
    from rich.console import Console

    console, said = Console(stderr=True), ""
    with console.status("loading the model") as status:

        def on_step(state: "State") -> None:
            nonlocal said
            text = f"{state.progress}, {state.seconds:.0f} s, {state.passes:,} passes"
            status.update(text)
            what = state.progress.split(",")[0]
            if not console.is_terminal and what and what != said:
                said = what
                say(text)

        yield on_step
