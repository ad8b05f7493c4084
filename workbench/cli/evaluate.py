"""`workbench eval`: an experiment of a file, run or gone on with, and what came of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli import wiring
from workbench.cli.printing import interrupted, print_json, print_table, say
from workbench.cli.rank import find_template
from workbench.cli.tracking import Track, check_trackers, tell_trackers

if TYPE_CHECKING:
    from workbench.evaluation.leaderboard import Board, Row
    from workbench.experiments.running import Progress
    from workbench.store.experiment import Experiment

HELP = """Run the experiment that a YAML file describes, and say which variant is better.

What is done is kept case by case: Ctrl+C stops it, a killed one loses the case in flight at most, and the same command
goes on where it ended. What was ranked before, by any experiment, is not ranked again.

Examples:

- `workbench eval experiment.yaml`
- `workbench eval experiment.yaml --retry-failed`
- `workbench eval experiment.yaml --json > result.json`
"""
Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML file: see docs/experiments.md.")]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Try again what failed before.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def evaluate(config: Config, retry_failed: Retry = False, track: Track = None, as_json: Json = False) -> None:
    from workbench.experiments.config import plan_of, read_config
    from workbench.experiments.reading import read_board, read_scores
    from workbench.experiments.running import run_experiment

    check_trackers(track or ())
    workshop = wiring.open_workshop()
    store = workshop.store
    assert store is not None
    plan, cases = plan_of(
        read_config(config), workshop, lambda name: find_template(name, workshop), folder=config.parent
    )
    experiment_id = store.begin_experiment(plan, cases)
    if retry_failed:
        say(f"{store.forget_failures(experiment_id)} failed results are tried again")
    with interrupted() as stopped, _shown() as on_cell:
        experiment = run_experiment(store, workshop, experiment_id, cancel=stopped.is_set, on_cell=on_cell)
    scores = read_scores(store, experiment)
    board = read_board(store, workshop, experiment, scores)
    _print(experiment, board, as_json=as_json)
    tell_trackers(track or (), experiment, board, scores)
    if experiment.status == "stopped":
        say("stopped; the same command goes on")
        raise typer.Exit(1)


def _print(experiment: "Experiment", board: "Board", *, as_json: bool) -> None:
    say(f"experiment {experiment.id}: {experiment.n_done} results, {experiment.n_failed} failed, {experiment.status}")
    if as_json:
        from workbench.evaluation.leaderboard import as_table

        plan = experiment.plan.model_dump(mode="json")
        shown = {"rows": as_table(board), "pairs": board.pairs, "checks": board.checks, "findings": board.findings}
        print_json({"id": experiment.id, "status": experiment.status, "plan": plan, **shown})
        return
    print_table(
        ("entry", board.measure, "95 % interval", f"against {experiment.plan.baseline}", "ceiling", "failed", "p50 s"),
        [_cells(row) for row in board.rows],
        title=f"{experiment.plan.name}: {board.n_cases} cases of {experiment.plan.catalog}, {board.unjudged} unjudged",
    )
    for finding in board.findings:
        print(finding)


def _cells(row: "Row") -> tuple[object, ...]:
    found, delta = row.measure, row.to_baseline.interval if row.to_baseline else None
    against = f"{delta.mean:+.3f} [{delta.low:+.3f}, {delta.high:+.3f}]" if delta else None
    spread = f"{found.low:.3f} to {found.high:.3f}"
    return row.entry.label, found.mean, spread, against, row.means.get("ceiling"), row.failed, row.p50


@contextmanager
def _shown() -> Iterator[Callable[["Progress"], None]]:
    """A line on stderr that says how far it is and how long it will take."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("loading the model") as status:

        def on_cell(progress: "Progress") -> None:
            failed = f", {progress.failed} failed" if progress.failed else ""
            left = "" if progress.left is None else f", {duration(progress.left)} left"
            text = f"{progress.done} of {progress.total} (variant, case) done{failed}{left}"
            status.update(text)
            if not console.is_terminal and progress.done % max(1, progress.total // 10) == 0:
                say(text)

        yield on_cell


def duration(seconds: float) -> str:
    """As people say it: 40 s, 3 min, 2 h 10 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
